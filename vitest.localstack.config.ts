import { defineConfig } from 'vitest/config';

/** `npm run test:localstack`: the end-to-end tests against the LocalStack at LOCALSTACK_URL. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    // They deploy stacks of their own, into emulators of their own.
    exclude: ['test/e2e/auth.test.ts', 'test/e2e/deploy-in-burst.test.ts'],
    globalSetup: 'test/e2e/localstack.setup.ts',
    setupFiles: 'test/require-setup.ts',
    env: { STINT_TEST_LOCALSTACK: '1' },
    fileParallelism: false,
    // One batch at a time, whatever maxConcurrency says.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
