import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type Awaitable,
  checkDuration,
  checkSource,
  FlagError,
  type FlagStore,
  isRecord,
  oneOf,
  preview,
} from '@flagwright/core';
import type { Baseline } from './baseline.ts';
import { baselineFile } from './baseline-file.ts';
import type { SyncMode } from './decide.ts';
import { gateFile } from './gate-file.ts';
import type { LocalGates } from './local.ts';

/** What both `syncGates` and `pushOnce` are given. */
export interface SyncSides {
  /** The gates of this node: `gateFile(path)`, or its path. */
  readonly local: LocalGates | string;
  /** The gates of the cluster, as flags under `feature.<name>`. It stays open. */
  readonly store: FlagStore;
  /** Where this node keeps what it remembers: `baselineFile(path)`, or its path. Default: where `local` says. */
  readonly baseline?: Baseline | string | undefined;
  /**
   * This node begins: while it remembers nothing, its own gates go to the cluster, and a set that is not there is made.
   * For one node, at its first start. Default: false, it joins: what the cluster knows comes first.
   */
  readonly bootstrap?: boolean | undefined;
  /** The author of commits, for stores that keep it. */
  readonly by?: string | undefined;
}

/** The mode, or how to find it out, every round; undefined is `two-way`. */
export type ModeOption = SyncMode | (() => Awaitable<SyncMode | undefined>);

const MODES: readonly SyncMode[] = ['two-way', 'push-only', 'pull-only'];

/** What is given, as it is used. Throws `FlagError('INVALID_ARGUMENT')`. */
export function sidesOf(options: SyncSides): { readonly local: LocalGates; readonly baseline: Baseline } {
  if (!isRecord(options)) throw wrong('the options are', options, 'e.g. { local, store }');
  const { local: given, store, baseline, bootstrap, by } = options;
  const local = typeof given === 'string' ? gateFile(given) : given;
  if (typeof local?.read !== 'function' || typeof local.write !== 'function') {
    throw wrong('local is', local, "e.g. gateFile('gates.yaml')");
  }
  // a text would be true, whatever it says
  if (bootstrap !== undefined && typeof bootstrap !== 'boolean')
    throw wrong('bootstrap is', bootstrap, 'true or false');
  if (by !== undefined && typeof by !== 'string') throw wrong('by is', by, 'a text');
  checkSource(store);
  if (typeof store.commit !== 'function') {
    throw new FlagError('INVALID_ARGUMENT', `${store.name} cannot be written; expected a store, as postgresStore(…)`);
  }
  const place = baseline ?? local.baseline;
  if (place === undefined || place === '') {
    throw new FlagError(
      'INVALID_ARGUMENT',
      `${local.name} says no place for what is remembered; expected baseline: a path`,
    );
  }
  const own = typeof place === 'string' ? baselineFile(place) : place;
  if (typeof own?.open !== 'function' || typeof own.save !== 'function') throw wrong('baseline is', place, 'a path');
  checkApart(own.name, local.name);
  return { local, baseline: own };
}

/** Refuses a baseline that is the file of gates itself, or the lock of one that of the other: it would be written over. */
function checkApart(baseline: string, local: string): void {
  const [one, other] = [realOf(baseline), realOf(local)];
  if (one !== other && one !== `${other}.lock` && `${one}.lock` !== other) return;
  throw new FlagError(
    'INVALID_ARGUMENT',
    `the baseline ${baseline} would be written over ${local}; expected a file of its own, as .gates.yaml.sync.json`,
  );
}

/** A path without symbolic links, as far as it is there. */
function realOf(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const folder = dirname(absolute);
    return folder === absolute ? absolute : join(realOf(folder), basename(absolute));
  }
}

/** Refuses what only a running sync is given. Throws `FlagError('INVALID_ARGUMENT')`. */
export function checkRunning({
  mode,
  gates,
  onEvent,
}: {
  readonly mode?: ModeOption | undefined;
  readonly gates?: { has(name: string): boolean } | undefined;
  readonly onEvent?: unknown;
}): void {
  if (mode !== undefined && typeof mode !== 'function') checkMode(mode);
  if (gates !== undefined && typeof gates?.has !== 'function') throw wrong('gates is', gates, 'those of defineGates');
  if (onEvent !== undefined && typeof onEvent !== 'function') throw wrong('onEvent is', onEvent, 'a function');
}

/** The mode of a round. Throws `FlagError('INVALID_ARGUMENT')`, or what the function throws. */
export async function modeOf(given: ModeOption | undefined): Promise<SyncMode> {
  return checkMode((typeof given === 'function' ? await given() : given) ?? 'two-way');
}

function checkMode(mode: SyncMode): SyncMode {
  if (MODES.includes(mode)) return mode;
  throw wrong('mode is', mode, oneOf(MODES));
}

function wrong(what: string, given: unknown, expected: string): FlagError {
  return new FlagError('INVALID_ARGUMENT', `${what} ${preview(given)}; expected ${expected}`);
}

/** Refuses durations, in ms by name, that no timer can hold. */
export function checkDurations(durations: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(durations)) checkDuration(name, value);
}
