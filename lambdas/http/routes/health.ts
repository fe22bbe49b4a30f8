import { endpoint } from '../router.ts';

/** The API is up. Asks nothing of the parts behind it, so that a load balancer's check costs nothing. */
export const health = endpoint({
  answer: async () => ({ status: 200, body: { status: 'ok' } }),
});
