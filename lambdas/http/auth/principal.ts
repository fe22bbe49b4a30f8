/** Who calls, as far as rights go. `name` is for logs and limits: it tells callers of one way to sign in apart, and is no secret. */
export type Principal =
  /** Sees and does all. */
  | { readonly role: 'admin'; readonly name: string }
  /** Enqueues as `userId`, and knows of no jobs but that user's. */
  | { readonly role: 'user'; readonly name: string; readonly userId: string }
  /** Has not said who they are: for routes that ask nobody. */
  | { readonly role: 'nobody'; readonly name: string };

export type Role = 'admin' | 'user';

/** The least role that a route takes. */
export type Needs = Principal['role'];

export const NOBODY: Principal = { role: 'nobody', name: 'nobody' };

const RANK: Readonly<Record<Needs, number>> = { nobody: 0, user: 1, admin: 2 };

/** Whether a route is for a principal. Which jobs a user then finds there is `forUser`'s affair (core/for-user.ts). */
export function mayDo(principal: Principal, route: { readonly needs: Needs }): boolean {
  return RANK[principal.role] >= RANK[route.needs];
}
