/** Options in camelCase as the API's fields. What is unknown goes along, so that the API refuses a misspelt one. */
export function toWire(options: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), value]),
  );
}

/** 128 random bits. (`crypto.randomUUID` is missing where a page has no https.) */
export const randomKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
