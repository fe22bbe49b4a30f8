/** Characters in a line, counted in Unicode code points. */
export const MAX_LINE = 42;
export const MAX_CUE_LINES = 2;
/** A cue that is shorter cannot be read. */
export const MIN_CUE_MS = 1_000;
/** A cue that stays longer is read twice. */
export const MAX_CUE_MS = 7_000;
