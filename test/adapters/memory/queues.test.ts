import { fakeClock } from '../../../lambdas/adapters/memory/clock.ts';
import { memoryQueues } from '../../../lambdas/adapters/memory/queues.ts';
import { queuesContract } from '../../contract/queues.ts';

queuesContract('memory', async () => {
  const clock = fakeClock();
  const queues = memoryQueues(['default', 'slow'], clock);
  return {
    queues,
    deadLetters: queues,
    take: async (queue) => queues.take(queue, 10, 30).map(({ delivery }) => delivery),
    pass: (seconds) => clock.advance(seconds * 1000),
  };
});
