export type Child = Node | string | number | null | undefined | false | readonly Child[];

type Property = string | number | boolean | undefined | ((event: Event) => unknown);

/**
 * An element. A property `onclick` and the like listens; all others are attributes, left out where they are undefined or false.
 * Text is text: nothing that a job says becomes markup.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Readonly<Record<string, Property>> | null = null,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

/** Whatever the element held, it then holds these and nothing else. */
export function fill(element: HTMLElement, children: Child): void {
  element.replaceChildren();
  append(element, [children]);
}

function append(element: HTMLElement, children: readonly Child[]): void {
  for (const child of children) {
    if (child instanceof Node) element.append(child);
    else if (isList(child)) append(element, child);
    else if (child !== null && child !== undefined && child !== false) element.append(String(child));
  }
}

const isList = (child: Child): child is readonly Child[] => Array.isArray(child);

/** The element of the page that has this id. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no #${id}.`);
  return element;
}
