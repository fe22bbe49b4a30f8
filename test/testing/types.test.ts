import { expectTypeOf, test } from 'vitest';
import { testJobs } from '../../testing/index.ts';
import { child, flaky, shop } from './sample-tasks.ts';

const { careful } = shop();
const kit = testJobs({ tasks: [careful, flaky, child] });

test('enqueue and run know the tasks by name, and take the input of callers', () => {
  const typed = async () => {
    await kit.enqueue('careful', { cents: 1 }, { userId: 'ada' });
    await kit.enqueue('careful', { cents: 1, note: 'defaults may be left out, or given' });
    const { result } = await kit.run('careful', { cents: 1 }, { attempt: 2 });
    expectTypeOf(result).toEqualTypeOf<{ charged: number }>();
    kit.expectEnqueued('child', { item: { tags: ['new'] } });
    kit.jobs({ task: 'flaky', status: 'failed' });

    // @ts-expect-error There is no such task.
    await kit.enqueue('carefull', { cents: 1 });
    // @ts-expect-error An input that is not the task's.
    await kit.enqueue('careful', { cents: 'one' });
    // @ts-expect-error An input that may not be left out.
    await kit.enqueue('careful');
    // @ts-expect-error The input of another task.
    await kit.run('flaky', { cents: 1 });
    // @ts-expect-error A part of another input.
    kit.expectEnqueued('child', { item: { cents: 1 } });
    // @ts-expect-error No task of this kit.
    kit.jobs({ task: 'parent' });
    // @ts-expect-error Not a time span.
    await kit.advance('1 week');
  };
  expectTypeOf(typed).returns.resolves.toBeVoid();
});
