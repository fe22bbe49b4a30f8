import * as z from 'zod';

export interface Counts {
  passed: number;
  failed: number;
}

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
});

/**
 * The counts of vitest's JSON report. A file that failed as a whole, before any test of it ran, counts as one failed
 * test; so does a run that failed though no test did (an unhandled error, nothing to run), or that left no report.
 */
export function countTests(report: unknown, succeeded: boolean): Counts {
  const { data } = reportSchema.safeParse(report);
  if (data === undefined) return { passed: 0, failed: 1 };
  const brokenFiles = data.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  const failed = data.numFailedTests + brokenFiles.length;
  return { passed: data.numPassedTests, failed: failed === 0 && !succeeded ? 1 : failed };
}

export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}
