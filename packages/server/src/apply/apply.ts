import { setImmediate as rest } from 'node:timers/promises';
import { FlagError, type Issue } from '@flagwright/core';
import { isTransient } from '@flagwright/sources/postgres';
import type { Database } from '../database/database.ts';
import { problemBody } from '../http/answer.ts';
import { type Logger, loggedError } from '../http/log.ts';
import { problemOf } from '../http/problem.ts';
import type { Asking } from '../resources/save.ts';
import { type Batch, batchOver } from './batch.ts';
import { type Done, nameOf, type Plan, planOf } from './plan.ts';

/** A body of the shape of `APPLYING`. */
export interface ApplyBody {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly atomic?: boolean;
  readonly comment?: string;
}

/** What came of one manifest, as it is answered. */
export interface Applied {
  readonly index: number;
  readonly kind: string;
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly result?: Done['result'];
  readonly version?: string;
  readonly warnings: readonly Issue[];
  readonly before?: unknown;
  readonly after?: unknown;
  readonly problem?: object;
}

/** What came of all of them. */
export interface ApplyAnswer {
  /** False: one failed, and all were undone. */
  readonly applied: boolean;
  readonly items: readonly Applied[];
}

/** How long it may take, in ms, and who is told what the server is wrong about. */
export interface ApplyLimits {
  readonly patience: number;
  readonly log: Logger | undefined;
}

/** One manifest: what is to be done, or why that makes no sense. */
type Item = { readonly plan: Plan } | { readonly thrown: unknown; readonly name: ReturnType<typeof nameOf> };

/** So many items are read for together. */
const TOGETHER = 100;

/** How long others of this process wait at a time, in ms. */
const MOST_WORK = 10;

/** Something that several items have written could not be written. */
class Failure extends Error {
  constructor(cause: unknown) {
    super('what several items have written could not be written', { cause });
  }
}

/** What a transaction throws so that it is undone. */
class Undone extends Error {
  readonly items: readonly Applied[];
  constructor(items: readonly Applied[]) {
    super('one of them failed');
    this.items = items;
  }
}

/**
 * Writes manifests in one transaction, in their order; each as if it were sent alone. Throws `FlagError` as
 * `Database.write` does, and `UNAVAILABLE` if it takes too long: nothing was done then, unless it is `UNKNOWN`.
 */
export async function applyAll(
  database: Database,
  asking: Asking,
  body: ApplyBody,
  { log, patience }: ApplyLimits,
): Promise<ApplyAnswer> {
  const { atomic = false, comment } = body;
  const items = body.items.map((manifest): Item => {
    try {
      return { plan: planOf(manifest, comment) };
    } catch (thrown) {
      return { thrown, name: nameOf(manifest) };
    }
  });
  const apply = (each: boolean): Promise<readonly Applied[]> =>
    database.write(
      async (transaction) => {
        const batch = batchOver(transaction, {
          each,
          inTime,
          failure: (cause) => (isOfAll(cause) ? cause : new Failure(cause)),
        });
        const applied = await applyEach(batch, items, asking, log);
        await batch.flush();
        inTime();
        if (atomic && applied.some(({ problem }) => problem !== undefined)) throw new Undone(applied);
        return applied;
      },
      { dryRun: asking.query.dryRun === true },
    );
  const inTime = timer(patience);
  try {
    const done = await apply(false).catch((thrown: unknown) => {
      if (thrown instanceof Undone || isOfAll(thrown)) throw thrown;
      // which of them it was shows when each is written by itself
      return apply(true);
    });
    return { applied: true, items: done };
  } catch (thrown) {
    if (!(thrown instanceof Undone)) throw thrown;
    return { applied: false, items: thrown.items.map(({ result, version, before, after, ...rest }) => rest) };
  }
}

/** Throws `FlagError('UNAVAILABLE')` once it has taken too long: all others who write wait meanwhile. */
function timer(patience: number): () => void {
  const deadline = performance.now() + patience;
  return () => {
    if (performance.now() <= deadline) return;
    const hint = 'Hint: send fewer at once';
    throw new FlagError('UNAVAILABLE', `it took longer than ${patience} ms, and nothing was done. ${hint}`);
  };
}

async function applyEach(
  batch: Batch,
  items: readonly Item[],
  asking: Asking,
  log: Logger | undefined,
): Promise<readonly Applied[]> {
  const { requestId } = asking;
  const applied: Applied[] = [];
  let rested = performance.now();
  for (const [index, item] of items.entries()) {
    if (index % TOGETHER === 0) {
      const next = items.slice(index, index + TOGETHER).flatMap((one) => ('plan' in one ? [one.plan.key] : []));
      await batch.prepare(
        next.filter((key) => key !== undefined),
        items.length - index,
      );
    }
    if (performance.now() - rested > MOST_WORK) {
      await rest();
      rested = performance.now();
    }
    if ('thrown' in item) {
      applied.push({ index, ...item.name, warnings: [], problem: problemBody(problemOf(item.thrown), requestId) });
      continue;
    }
    const { plan } = item;
    const { kind, id, metadata } = plan;
    try {
      const done = await batch.item(() => plan.write(batch, asking));
      applied.push(shown(index, plan, done, asking.query.dryRun === true));
    } catch (thrown) {
      if (thrown instanceof Failure || isOfAll(thrown)) throw thrown;
      const problem = problemOf(thrown);
      if (problem.code === 'INTERNAL') {
        if (!batch.each) throw thrown;
        const error = loggedError(problem.cause ?? thrown);
        log?.({ level: 'error', message: `item ${index} could not be applied`, requestId, error });
      }
      applied.push({ index, kind, id, metadata, warnings: [], problem: problemBody(problem, requestId) });
    }
  }
  return applied;
}

function shown(index: number, { kind, metadata }: Plan, done: Done, dryRun: boolean): Applied {
  const { result, id, version, warnings, before = null, after } = done;
  const names = kind === 'ChangeRequest' ? { id } : metadata;
  return { index, kind, id, metadata: names, result, version, warnings, ...(dryRun ? { before, after } : {}) };
}

/** Whether it is the database that something failed by, and not the manifest: none of the others would do better. */
function isOfAll(thrown: unknown): boolean {
  return isTransient(thrown) || (thrown instanceof FlagError && AWAY.has(thrown.code));
}

const AWAY: ReadonlySet<string> = new Set(['UNAVAILABLE', 'UNAUTHORIZED', 'UNSUPPORTED', 'UNKNOWN', 'NOT_READY']);
