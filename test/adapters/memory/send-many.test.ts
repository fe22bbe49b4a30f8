import { fakeClock } from '../../../lambdas/adapters/memory/clock.ts';
import { memoryQueues } from '../../../lambdas/adapters/memory/queues.ts';
import { sendManyContract } from '../../contract/send-many.ts';

sendManyContract('memory', async () => {
  const queues = memoryQueues(['default'], fakeClock());
  return { queues, visible: async () => queues.take('default', 100, 60).map(({ message }) => message.body) };
});
