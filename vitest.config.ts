import { configDefaults, defineConfig } from 'vitest/config';

const TESTS = [
  'packages/*/src/**/*.test.ts',
  'packages/*/test/**/*.test.ts',
  'test/*.test.ts',
  'examples/**/*.test.ts',
];
const PACKED_TESTS = ['test/packages.test.ts', 'test/packed/*.test.ts'];

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
    projects: [
      { extends: true, test: { name: 'unit', include: TESTS, exclude: [...configDefaults.exclude, ...PACKED_TESTS] } },
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
        },
      },
    ],
  },
});
