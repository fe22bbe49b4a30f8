import { expect, test } from 'vitest';
import { checkQueues } from '../../lambdas/core/check-queues.ts';
import { StintError } from '../../lambdas/core/errors.ts';

const queues = { default: { timeoutSeconds: 60 }, slow: { timeoutSeconds: 900 } };
const task = { name: 'resize', queue: 'default', timeoutSeconds: 30, maxAttempts: 3 };

function refusal(tasks: Parameters<typeof checkQueues>[0], maxReceiveCount = 100): StintError {
  try {
    checkQueues(tasks, queues, maxReceiveCount);
  } catch (error) {
    if (error instanceof StintError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

test('tasks that fit their queues pass', () => {
  checkQueues([task, { ...task, name: 'encode', queue: 'slow', timeoutSeconds: 898, maxAttempts: 99 }], queues, 100);
});

test('a task whose queue does not exist is refused, with the queues that do', () => {
  const error = refusal([{ ...task, queue: 'videos' }]);
  expect(error.code).toBe('invalid_definition');
  expect(error.message).toBe(
    "Task 'resize': there is no queue 'videos'. Declare it in lambdas/queues.ts, or name one of: default, slow.",
  );
});

test('a queue named like a property of every object does not exist either', () => {
  expect(refusal([{ ...task, queue: 'constructor' }]).message).toContain("there is no queue 'constructor'");
});

test('a timeout that leaves the queue’s function no 2 s to write the end is refused, with the longest that does', () => {
  checkQueues([{ ...task, timeoutSeconds: 58 }], queues, 100);
  expect(refusal([{ ...task, timeoutSeconds: 58.5 }]).message).toContain(
    "Lower it to 58, or raise the queue's timeoutSeconds.",
  );
});

test('attempts that SQS would not deliver are refused', () => {
  checkQueues([{ ...task, maxAttempts: 4 }], queues, 5);
  expect(refusal([{ ...task, maxAttempts: 5 }], 5).message).toContain('must be below maxReceiveCount (5)');
});

test('all problems are told at once, a line each', () => {
  const error = refusal([
    { ...task, timeoutSeconds: 60, maxAttempts: 100 },
    { ...task, name: 'other', queue: 'none' },
  ]);
  expect(error.message.split('\n').map((line) => line.slice(0, 20))).toEqual([
    "Task 'resize': its t",
    "Task 'resize': its m",
    "Task 'other': there ",
  ]);
});
