/** Whether node_modules holds what package-lock.json names. */
export function packagesAreFresh(root: string): boolean;

/** `npm ci`, with the npm that runs us if there is one. */
export function installPackages(root: string, options: { log: string; signal?: AbortSignal }): Promise<void>;
