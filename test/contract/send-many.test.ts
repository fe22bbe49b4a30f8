import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { sqsQueues } from '../../lambdas/adapters/sqs/queues.ts';
import { newQueue, sqs } from './aws.ts';
import { sendManyContract } from './send-many.ts';

sendManyContract('SQS', async () => {
  const url = await newQueue();
  return {
    queues: sqsQueues(sqs, { default: url }, await newQueue()),
    async visible() {
      const bodies: string[] = [];
      for (;;) {
        const read = new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 60 });
        const { Messages = [] } = await sqs.send(read);
        if (Messages.length === 0) return bodies;
        bodies.push(...Messages.map(({ Body = '' }) => Body));
      }
    },
  };
});
