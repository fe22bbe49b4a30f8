import { expect, it } from 'vitest';
import { fakeAws } from './fake-aws.ts';
import { jsonLines, stint } from './stint.ts';

const QUEUES = {
  default: 'https://sqs.eu-central-1.amazonaws.com/123456789012/stint-Default',
  mail: 'https://sqs.eu-central-1.amazonaws.com/123456789012/stint-Mail',
};
const mapping = (UUID: string, queue: string, State: string) => ({
  UUID,
  EventSourceArn: `arn:aws:sqs:eu-central-1:123456789012:${queue}`,
  State,
});
const STACK = {
  'cloudformation describe-stacks': {
    Stacks: [
      {
        Outputs: [
          { OutputKey: 'ApiUrl', OutputValue: 'https://jobs.example.org' },
          { OutputKey: 'TableName', OutputValue: 'stint-Jobs' },
          { OutputKey: 'Queues', OutputValue: JSON.stringify(QUEUES) },
        ],
      },
    ],
  },
  'lambda list-event-source-mappings': {
    EventSourceMappings: [
      mapping('other', 'other-stint-Default', 'Enabled'),
      mapping('one', 'stint-Default', 'Enabled'),
      mapping('two', 'stint-Mail', 'Enabled'),
    ],
  },
  'lambda update-event-source-mapping': {},
};

it('stops the workers of the queues that are named, and waits until AWS has done so', async () => {
  const { env, calls } = fakeAws({ ...STACK, 'lambda get-event-source-mapping': mapping('one', '', 'Disabled') });

  const paused = await stint(['pause', 'default', 'mail', '--stack', 'prod'], { env });

  expect(paused).toEqual({ code: 0, err: '', out: 'default, mail: paused. To go on: stint resume default mail\n' });
  const updates = calls().filter(({ args }) => (args as string[])[1] === 'update-event-source-mapping');
  expect(updates.map(({ args }) => (args as string[]).slice(2, 5))).toEqual([
    ['--uuid', 'one', '--no-enabled'],
    ['--uuid', 'two', '--no-enabled'],
  ]);
});

it('starts them again', async () => {
  const { env, calls } = fakeAws({ ...STACK, 'lambda get-event-source-mapping': mapping('two', '', 'Enabled') });

  const resumed = await stint(['resume', 'mail', '--stack', 'prod', '--json'], { env });

  expect(jsonLines(resumed.out)).toEqual([{ queue: 'mail', paused: false }]);
  expect(calls().flatMap(({ args }) => args)).toContain('--enabled');
});

it('changes nothing for a queue that is not there, and says which are', async () => {
  const { env, calls } = fakeAws(STACK);

  expect(await stint(['pause', 'default', 'none', '--stack', 'prod'], { env })).toMatchObject({
    code: 4,
    err: "stint: There is no queue 'none': the stack has default, mail.\n",
  });
  expect(calls()).toHaveLength(1);
});

it('needs to know the stack, not its URL alone', async () => {
  expect(await stint(['pause', 'default'], { url: 'https://jobs.example.org' })).toMatchObject({
    code: 2,
    err: expect.stringContaining('--stack NAME'),
  });
});
