import type { TestContext } from 'vitest';
import { describe, it } from 'vitest';

/** A test of a contract that an implementation does not pass, and why that is right. Printed as skipped. */
export interface Divergence {
  /** The name of the test, as printed. */
  readonly test: string;
  readonly reason: string;
}

/** The tests of a contract by name. */
export type Tests<Fixture> = Readonly<Record<string, (fixture: Fixture, context: TestContext) => Promise<void>>>;

interface SuiteOptions<Fixture extends { close(): Promise<void> }> {
  readonly title: string;
  readonly tests: Tests<Fixture>;
  readonly open: () => Promise<Fixture>;
  readonly divergences: readonly Divergence[];
  /** How long a test may take, in ms; undefined leaves it to vitest. */
  readonly timeout?: number;
}

/**
 * Declares the tests of a contract, each with a fixture of its own. Throws `Error` if a divergence has no reason or is
 * of a test that does not exist: a test that was renamed must not stay out by its old name.
 */
export function suite<Fixture extends { close(): Promise<void> }>(options: SuiteOptions<Fixture>): void {
  const { title, tests, open, divergences, timeout } = options;
  for (const { test, reason } of divergences) {
    if (!Object.hasOwn(tests, test)) throw new Error(`${title}: there is no test "${test}" to diverge from`);
    if (reason.trim() === '') throw new Error(`${title}: the divergence from "${test}" has no reason`);
  }
  describe(title, () => {
    for (const [name, run] of Object.entries(tests)) {
      const divergence = divergences.find(({ test }) => test === name);
      if (divergence !== undefined) {
        it.skip(`${name} (diverges: ${divergence.reason})`, () => undefined);
        continue;
      }
      const test = async (context: TestContext): Promise<void> => {
        const fixture = await open();
        try {
          await run(fixture, context);
        } finally {
          await fixture.close();
        }
      };
      it(name, test, timeout);
    }
  });
}
