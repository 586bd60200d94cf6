import { fileURLToPath } from 'node:url';
import { bundleProgram, until } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Backend } from './backend.ts';
import { type Crew, startCrew } from './crew.ts';
import type { Faults } from './fault.ts';
import { FULL, ROUNDS, randomFor, SEED } from './form.ts';
import { round } from './round.ts';

/** A backend, with a crew at work on it. */
export interface World<B extends Backend> {
  readonly program: string;
  readonly backend: B;
  readonly crew: Crew;
}

/** What to test a backend with. */
export interface SuiteOptions<B extends Backend> {
  /** Starts it; the path is that of the program of all processes. */
  readonly start: (program: string) => Promise<B>;
  readonly faults: Faults<B>;
  /** Tests by name, after the rounds; the crew is there, and not at work. */
  readonly more?: Readonly<Record<string, (world: World<B>) => Promise<void>>>;
}

const inFolder = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const program = bundleProgram({
  file: inFolder('crew/program.ts'),
  external: ['pg', 'ioredis'],
  nodeModules: inFolder('node_modules'),
});
afterAll(async () => (await program).remove());

/**
 * Rounds of every fault with one crew, which must end by itself after the last. In the short form several suites run at
 * once, for most of a round is waiting.
 */
export function faultSuite<B extends Backend>(title: string, { start, faults, more = {} }: SuiteOptions<B>): void {
  const suite = FULL ? describe : describe.concurrent;
  suite(title, () => {
    let backend: B | undefined;
    let crew: Crew | undefined;

    beforeAll(async () => {
      const { path } = await program;
      backend = await start(path);
      crew = await startCrew(path, `${SEED} ${title}`, backend.spec);
    });

    afterAll(async () => {
      await crew?.kill();
      await backend?.close();
    });

    for (const [name, fault] of Object.entries(faults)) {
      it.sequential(name, async () => {
        for (let n = 0; n < ROUNDS; n++) {
          await round(crew!, backend!, name, fault(backend!), randomFor(`${title}, ${name}, ${n}`));
        }
      });
    }

    for (const [name, test] of Object.entries(more)) {
      it.sequential(name, async () => test({ program: (await program).path, backend: backend!, crew: crew! }));
    }

    it.sequential('all processes end by themselves when all is closed, some while the server is silent', async () => {
      const { writers, followers } = crew!;
      const [half, ...rest] = followers;
      await writers.call('hold');
      await backend!.silence();
      await until('followers are stale', async () => {
        const { followers } = await half!.call('testimony');
        return followers.every(({ status }) => status === 'stale');
      });
      await half!.close();
      await backend!.speak();
      await Promise.all([writers, ...rest].map((child) => child.close()));
    });
  });
}
