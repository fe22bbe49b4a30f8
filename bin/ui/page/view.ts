import type { Child } from './dom.ts';

/** Where the page is: `#/jobs/ID?a=b`. */
export interface Route {
  readonly page: string;
  readonly id: string;
  readonly query: URLSearchParams;
}

/** What a view can ask of the page around it. */
export interface Tools {
  /** Does what a button says, tells what came of it, and looks again. */
  act(work: () => Promise<string | undefined>): Promise<void>;
}

/** What is shown at a route. */
export interface View<Data> {
  /** It is loaded again every other second. */
  readonly live: boolean;
  load(route: Route): Promise<Data>;
  draw(data: Data, route: Route, tools: Tools): Child;
}

/** A view whatever its data: it draws what it has loaded itself. */
export interface Shown {
  readonly live: boolean;
  load(route: Route): Promise<{ readonly data: unknown; draw(tools: Tools): Child }>;
}

export const shown = <Data>({ live, load, draw }: View<Data>): Shown => ({
  live,
  async load(route) {
    const data = await load(route);
    return { data, draw: (tools) => draw(data, route, tools) };
  },
});
