/** Stands in for the real entry point: templates do not depend on what it does. */
export const handler = async (event: unknown, _context: unknown): Promise<unknown> => ({ bury: event });
