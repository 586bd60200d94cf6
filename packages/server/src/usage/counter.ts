import { randomUUID } from 'node:crypto';
import { FlagError, wallTime } from '@flagwright/core';
import type { SetName, Sql } from '../database/database.ts';
import { type Logger, loggedError } from '../http/log.ts';
import { addUsage, type BatchName, type Count, forgetBatches } from './add.ts';

/** Options of `usageCounter`. */
export interface UsageCounterOptions {
  /** How often counts are written, in ms. Default: 10,000. */
  readonly interval?: number | undefined;
  readonly log?: Logger | undefined;
}

/** Counts the evaluations of this server. */
export interface UsageCounter {
  /** A flag of a set has served a variant. Returns at once, and never throws. */
  count(set: SetName, flag: string, variant: string | null | undefined): void;
  /** Writes what was counted; what cannot be written now is written later. Never rejects. */
  flush(): Promise<void>;
  /** Writes what was counted, and counts no more. */
  close(): Promise<void>;
}

/** More counts are not kept in memory at once. */
const MOST = 100_000;

/** So many counts are written by one statement. */
const CHUNK = 5_000;

interface Cell {
  n: number;
}

type Level<T> = Map<string, T>;
type Cells = Level<Level<Level<Level<Cell>>>>;

/** Counts on their way to the database: with a name, so that they count once, whatever becomes of the connection. */
interface Batch extends BatchName {
  readonly counts: readonly Count[];
}

/**
 * Counts in memory, and adds to the database now and then. To count what was counted before takes four look-ups, and
 * allocates nothing. While the database is away, counts add up here, and are those of the time when it is back.
 */
export function usageCounter(database: Sql, { interval = 10_000, log }: UsageCounterOptions = {}): UsageCounter {
  let cells: Cells = new Map();
  let size = 0;
  let waiting: Batch[] = [];
  let flushing: Promise<void> | undefined;
  let failures = 0;
  let closed = false;
  const timer = setInterval(() => void flush(), interval);
  timer.unref();

  function count({ project, stage }: SetName, flag: string, variant: string | null | undefined): void {
    const cell = cells
      .get(project)
      ?.get(stage)
      ?.get(flag)
      ?.get(variant ?? '');
    if (cell !== undefined) cell.n++;
    else if (size < MOST && !closed) {
      size++;
      const flags = under(under(cells, project), stage);
      under(flags, flag).set(variant ?? '', { n: 1 });
    }
  }

  /** What was counted since the last time; what was not counted in it is forgotten, for it may never be again. */
  function gather(): Batch[] {
    const at = wallTime();
    const batches: Batch[] = [];
    const kept: Cells = new Map();
    size = 0;
    for (const [project, stages] of cells) {
      for (const [stage, flags] of stages) {
        const counts: Count[] = [];
        for (const [flag, variants] of flags) {
          for (const [variant, cell] of variants) {
            if (cell.n === 0) continue;
            counts.push({ flag, variant, count: cell.n, at });
            cell.n = 0;
            under(under(under(kept, project), stage), flag).set(variant, cell);
            size++;
          }
        }
        for (let i = 0; i < counts.length; i += CHUNK) {
          batches.push({ set: { project, stage }, counts: counts.slice(i, i + CHUNK), id: randomUUID() });
        }
      }
    }
    cells = kept;
    return batches;
  }

  async function write(): Promise<void> {
    if (waiting.length === 0) waiting = gather();
    const written: Batch[] = [];
    try {
      for (let batch = waiting[0]; batch !== undefined; batch = waiting[0]) {
        await add(batch);
        written.push(batch);
        waiting.shift();
      }
      failures = 0;
      await forgetBatches(database, written);
    } catch (thrown) {
      failures++;
      // the first time only: whoever runs it is told that the database is away by all of it
      const level = failures === 1 ? 'warn' : 'debug';
      log?.({ level, message: 'counts of evaluations wait for the database', error: loggedError(thrown) });
    }
  }

  async function add({ set, counts, id }: Batch): Promise<void> {
    try {
      await addUsage(database, set, counts, id);
    } catch (thrown) {
      if (thrown instanceof FlagError) throw thrown;
      // what cannot be written at all must not keep others from being
      log?.({ level: 'error', message: 'counts of evaluations are lost', error: loggedError(thrown) });
    }
  }

  function flush(): Promise<void> {
    flushing ??= write().finally(() => {
      flushing = undefined;
    });
    return flushing;
  }

  return {
    count,
    flush,
    async close() {
      closed = true;
      clearInterval(timer);
      await flush();
      // those that were counted while others were written
      if (waiting.length === 0) await flush();
    },
  };
}

function under<T>(level: Level<Level<T>>, key: string): Level<T> {
  const found = level.get(key);
  if (found !== undefined) return found;
  const made: Level<T> = new Map();
  level.set(key, made);
  return made;
}
