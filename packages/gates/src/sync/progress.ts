import type { FlagError } from '@flagwright/core';
import type { SyncReport } from './round.ts';
import type { SyncHealth } from './sync-health.ts';
import type { Teller } from './teller.ts';

/** What health tells of the rounds of a sync. */
export type RoundsHealth = Omit<SyncHealth, 'joined' | 'local' | 'baseline' | 'cluster' | 'undeclared'>;

/** How the rounds of a sync go, and who waits for the first. */
export interface Progress {
  /** The report of the last round in which both sides could be looked at. */
  readonly last: SyncReport | undefined;
  readonly failuresInARow: number;
  /** A round begins; to be called when it is over. */
  begun(): () => void;
  /** A round has come to its end. */
  done(report: SyncReport): void;
  /** A round has come to nothing. */
  roundFailed(error: FlagError): void;
  /** One side cannot be looked at. What is the same as before is not told again. */
  failed(error: FlagError): void;
  /** Resolves once a round is done; rejects at the first failure before that. */
  ready(): Promise<void>;
  /** Whoever waits does so for nothing. */
  end(error: FlagError): void;
  health(): RoundsHealth;
}

/** Nothing has happened yet. `clock` in ms since the epoch. */
export function progressOf(teller: Teller, clock: () => number): Progress {
  const counts = { rounds: 0, failures: 0, pushed: 0, pulled: 0, conflicts: 0 };
  let last: SyncReport | undefined;
  let failure: FlagError | undefined;
  let inARow = 0;
  let lastError: FlagError | undefined;
  let lastErrorAt: number | undefined;
  let lastSync: number | undefined;
  let duration: number | undefined;
  let waiting: { readonly resolve: () => void; readonly reject: (error: FlagError) => void }[] = [];

  teller.on(({ type }) => {
    if (type === 'pushed') counts.pushed++;
    if (type === 'pulled') counts.pulled++;
    if (type === 'conflict') counts.conflicts++;
  });

  function status(): RoundsHealth['status'] {
    if (failure !== undefined) return 'failing';
    if (last === undefined) return 'starting';
    return last.pending.length > 0 ? 'pending' : 'in-step';
  }

  const progress: Progress = {
    get last() {
      return last;
    },
    get failuresInARow() {
      return inARow;
    },
    begun() {
      const started = performance.now();
      counts.rounds++;
      return () => {
        duration = performance.now() - started;
      };
    },
    done(report) {
      last = report;
      if (report.pending.length === 0) lastSync = clock();
      if (failure !== undefined) teller.tell({ type: 'recovered' });
      failure = undefined;
      inARow = 0;
      for (const { resolve } of waiting) resolve();
      waiting = [];
    },
    roundFailed(error) {
      counts.failures++;
      progress.failed(error);
    },
    failed(error) {
      inARow++;
      lastError = error;
      lastErrorAt = clock();
      if (failure?.code !== error.code || causeIn(failure) !== causeIn(error)) {
        teller.tell({ type: 'failed', cause: error });
      }
      failure = error;
      progress.end(error);
    },
    ready() {
      if (last !== undefined) return Promise.resolve();
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    end(error) {
      for (const { reject } of waiting) reject(error);
      waiting = [];
    },
    health() {
      const { pending = [], held = [], errors = new Map(), strange = new Map() } = last ?? {};
      return {
        status: status(),
        mode: last?.mode,
        pending,
        held,
        errors: [...errors].map(([gate, trouble]) => ({ gate, ...trouble })),
        strange: [...strange].map(([key, why]) => ({ key, why })),
        lastSync,
        lastError,
        lastErrorAt,
        duration,
        ...counts,
      };
    },
  };
  return progress;
}

/** What a message says, whatever times and counts are in it. */
function causeIn({ message }: FlagError): string {
  return message.replace(/\d+/g, '0');
}
