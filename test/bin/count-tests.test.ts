import { expect, test } from 'vitest';
import { countTests } from '../count-tests.ts';

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((status) => ({ status })),
});
const report = (passed: number, failed: number, ...testResults: object[]) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  testResults,
});

test('passed and failed tests are counted as vitest does', () => {
  const counts = countTests(report(2, 1, file('passed', 'passed'), file('failed', 'passed', 'failed')), false);

  expect(counts).toEqual({ passed: 2, failed: 1 });
});

test('a file that failed before its tests ran counts as one failed test', () => {
  expect(countTests(report(1, 0, file('passed', 'passed'), file('failed')), false)).toEqual({ passed: 1, failed: 1 });
});

test('a run that failed for another reason, or left no report, never counts as green', () => {
  expect(countTests(report(1, 0, file('passed', 'passed')), false)).toEqual({ passed: 1, failed: 1 });
  expect(countTests(undefined, false)).toEqual({ passed: 0, failed: 1 });
  expect(countTests(undefined, true)).toEqual({ passed: 0, failed: 1 });
});
