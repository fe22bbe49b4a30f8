import { endpoint } from '../router.ts';
import { healthAnswer } from '../wire/answers.ts';

/** The API is up. Asks nothing of the parts behind it, so that a load balancer's check costs nothing. */
export const health = endpoint({
  about: {
    id: 'getHealth',
    summary: 'The API is up',
    tag: 'About',
    answer: { status: 200, description: 'It is.', schema: healthAnswer },
  },
  answer: async () => ({ status: 200, body: { status: 'ok' } }),
});
