import { defineConfig } from 'vitest/config';

/** Against a bare emulator; the model's smaller run among them. */
const CONTRACT_TESTS = ['test/contract/**/*.test.ts', 'test/model/**/*.emulator.test.ts'];
const END_TO_END_TESTS = 'test/e2e/**/*.test.ts';
/** Of the local cloud itself: each starts an emulator of its own, as chaos does. */
const LOCAL_CLOUD_TESTS = 'test/bin/**/*.emulator.test.ts';
const CHAOS_TESTS = 'test/chaos/**/*.emulator.test.ts';

/** One file after another: an emulator fills a core, and what is measured should not wait for a neighbour. */
const oneByOne = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 };
/** Fails each file of a project whose global setup has failed, so that the other projects run all the same. */
const setupFiles = 'test/require-setup.ts';

/** A project's global setup runs only when a file of it does: unit tests alone start no emulator. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
          exclude: [...CONTRACT_TESTS, END_TO_END_TESTS, LOCAL_CLOUD_TESTS, CHAOS_TESTS],
          // vitest would leave one core free, so on two cores run one file at a time, and (groupOrder 0) after all others.
          maxWorkers: '100%',
          // Reading the modules anew for each file took a quarter of the time.
          isolate: false,
          sequence: { groupOrder: 1 },
          // Some synthesise the stack or compile types: with neighbours on two cores, that takes a while.
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...oneByOne,
          name: 'contract',
          include: CONTRACT_TESTS,
          globalSetup: 'test/contract/emulator.setup.ts',
          setupFiles,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: { ...oneByOne, name: 'chaos', include: [CHAOS_TESTS], sequence: { groupOrder: 3 } },
      },
      {
        test: { ...oneByOne, name: 'local-cloud', include: [LOCAL_CLOUD_TESTS], sequence: { groupOrder: 4 } },
      },
      {
        test: {
          ...oneByOne,
          name: 'e2e',
          include: [END_TO_END_TESTS],
          globalSetup: 'test/e2e/stack.setup.ts',
          setupFiles,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
