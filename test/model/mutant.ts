import type { Transition } from '../../lambdas/core/transition.ts';

// No module of the core is loaded from here: a thread changes one before it is.

/** The protocol with one thing taken away. */
export interface Mutant {
  /** Its id: what it is, in words. */
  readonly name: string;
  /** Of which transition or use case. */
  readonly of: string;
  /** A transition that is written instead of the one of that name. */
  readonly transition?: Transition;
  /** The call that is slow while it is sought. Default: the transition's own. */
  readonly slow?: string;
  /** A module of the core with one place of its text changed, before it is loaded. */
  readonly source?: { readonly file: string; readonly from: string; readonly to: string };
}

/** What it is called, its module or transition first. */
export function idOf({ name, of }: Mutant): string {
  return `${of}: ${bare({ name, of })}`;
}

/** What is changed, without where. */
export function bare({ name, of }: Pick<Mutant, 'name' | 'of'>): string {
  return name.startsWith(`${of}: `) ? name.slice(of.length + 2) : name;
}
