import { configDefaults, defineConfig } from 'vitest/config';

const TESTS = [
  'packages/*/src/**/*.test.ts',
  'packages/*/test/**/*.test.ts',
  'test/*.test.ts',
  'examples/**/*.test.ts',
];
const PACKED_TESTS = ['test/packages.test.ts', 'test/packed/*.test.ts'];
const BACKEND_TESTS = [
  'packages/*/src/**/*.backend.test.ts',
  'packages/*/test/**/*.backend.test.ts',
  'examples/**/*.backend.test.ts',
  'test/servers/test/*.backend.test.ts',
];
const FAULT_TESTS = ['test/faults/**/*.test.ts'];

/** Where to write the results as JSON; `.ci/run` counts them. */
const REPORT = process.env.TEST_REPORT;

// Tests run the TypeScript sources: the `@flagwright/source` condition points there. Only that condition is listed:
// adding `import` would change how third-party packages resolve.
export default defineConfig({
  ssr: { resolve: { conditions: ['@flagwright/source'] } },
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    reporters: REPORT === undefined ? ['default'] : ['default', ['json', { outputFile: REPORT }]],
    // Groups run one after another, so that what depends on time does not share the processors with everything else.
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: TESTS,
          exclude: [...configDefaults.exclude, ...PACKED_TESTS, ...BACKEND_TESTS],
          // many of them wait more than they work
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Against a real PostgreSQL and a real Redis, which are installed if missing: `inject('postgresUrl')`.
        extends: true,
        test: {
          name: 'backends',
          include: BACKEND_TESTS,
          globalSetup: 'test/support/backends-setup.ts',
          hookTimeout: 120_000,
          // they wait for their servers more than they work
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Servers that are killed, stopped and cut off: `pnpm test:faults` for all of it. One at a time.
        extends: true,
        test: {
          name: 'faults',
          include: FAULT_TESTS,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        // Packs and installs every package, a matter of minutes: `pnpm test:packages`. One worker, so it happens once.
        extends: true,
        test: {
          name: 'packages',
          include: PACKED_TESTS,
          globalSetup: 'test/support/packed-setup.ts',
          testTimeout: 60_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
          isolate: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
