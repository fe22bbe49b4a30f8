/** Mutants that the model cannot kill, each with the reason why: `transition or module: what is changed`. */
export const EXPLAINED: Readonly<Record<string, string>> = {};
