import { expect, inject, test } from 'vitest';
import { inWords, search } from './search.ts';

/** Each call takes a millisecond or more here, not a microsecond. */
const SECONDS = 12;
const MAX_STEPS = 60;
const seed = Date.now() % 1_000_000_000;

test.skipIf(inject('endpointUrl') === undefined)(
  `on the emulator's DynamoDB, too, nothing is lost, stuck or doubled under random faults (seed ${seed})`,
  async () => {
    const { newJobStore } = await import('../contract/aws.ts');
    const each = async () => ({ records: await newJobStore() });
    const until = Date.now() + SECONDS * 1000;

    const { failure, episodes } = await search({ seed, steps: 100_000, until, maxSteps: MAX_STEPS, each });

    expect(failure && inWords(failure)).toBeUndefined();
    expect(episodes).toBeGreaterThan(0);
  },
  120_000,
);
