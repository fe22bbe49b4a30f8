/** Whether the venv is there, whole, and made from these requirements. */
export function venvIsFresh(root: string): boolean;

/** The first Python that will do. Throws a Complaint that names what was found and what to install. */
export function findPython(options?: { env?: NodeJS.ProcessEnv; home?: string }): string;

/** Makes the venv anew and installs the requirements. */
export function makeVenv(root: string, python: string, options: { log: string; signal?: AbortSignal }): Promise<void>;
