import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why the global setup of the project has failed. */
    setupFailure?: string;
  }
}

const failure = inject('setupFailure');
if (failure !== undefined) throw new Error(failure);
