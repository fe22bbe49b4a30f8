/** Enqueueing from code of the account, without the HTTP hop: `import { directEnqueue } from 'stint/direct'`. */
export { directEnqueue, type EnqueuedDirectly } from '../lambdas/adapters/lambda/enqueue-direct.ts';
