import { createHash } from 'node:crypto';
import {
  type FlagDefinition,
  type FlagDocument,
  FlagError,
  type FlagSet,
  type FlagSource,
  isRecord,
  type Observer,
  preview,
  warnThrown,
} from '@flagwright/core';
import { MARKS } from './cluster.ts';
import type { Gates } from './gates.ts';
import { checkGatesGiven, checkOptionsGiven } from './given-gates.ts';
import type { LiveGates } from './holder.ts';
import { gateKey } from './names.ts';
import type { GateState } from './state.ts';

/** Options of `gateSource`. */
export interface GateSourceOptions {
  /** The key of a gate as a flag. Default: `feature.` and the name. */
  readonly key?: ((name: string) => string) | undefined;
  /** A short name for logs and health. Default: `gates`. */
  readonly name?: string | undefined;
}

/**
 * The gates of a program as boolean flags, one for each, to be read where flags are read: through OpenFeature, in a client,
 * over HTTP. Every flag serves to everybody what the gate is; its metadata has `stage`, `layer`, `owner`, `since` and, where
 * they say something, `until`, `locked` and `overdue`. Nothing can be set there: a gate is set in its layers.
 *
 * The revision is a hash of the content. Of live gates, every swap that changes it is hinted at; gates that cannot change
 * have no hints. Closing it leaves the gates as they are. Throws `FlagError('INVALID_ARGUMENT')` for what is no gates, and
 * if two of them would have one key.
 */
export function gateSource<N extends string>(
  gates: Gates<N> | LiveGates<N>,
  options: GateSourceOptions = {},
): FlagSource {
  checkGatesGiven(isRecord(gates) && 'current' in gates ? gates.current : gates);
  checkOptionsGiven(options);
  const { name = 'gates', key = gateKey } = options;
  const live = 'current' in gates ? gates : undefined;
  const now = (): Gates<N> => ('current' in gates ? gates.current : gates);
  const keys = keysOf(now(), key);
  const hearing = new Set<() => void>();
  let closed = false;
  let shown: { readonly of: Gates<N>; readonly set: FlagSet } | undefined;

  const use = (signal?: AbortSignal): void => {
    signal?.throwIfAborted();
    if (closed) throw new FlagError('NOT_READY', `flag source ${name} is closed`);
  };
  const setNow = (): FlagSet => {
    const of = now();
    if (shown?.of === of) return shown.set;
    const set = setOf(of, keys, name);
    shown = { of, set: set.revision === shown?.set.revision ? shown.set : set };
    return shown.set;
  };

  return {
    name,
    async read(_previous, signal) {
      use(signal);
      return setNow();
    },
    ...(live === undefined
      ? {}
      : {
          async subscribe(observer: Observer) {
            use();
            let { revision } = setNow();
            const stop = live.on(() => {
              const { revision: next } = setNow();
              if (next === revision) return;
              revision = next;
              try {
                observer.changed();
              } catch (thrown) {
                warnThrown(`an observer of flag source ${name}`, thrown);
              }
            });
            const end = (): void => {
              stop();
              hearing.delete(end);
            };
            hearing.add(end);
            return end;
          },
        }),
    async close() {
      closed = true;
      for (const end of [...hearing]) end();
    },
  };
}

function keysOf(gates: Gates, key: (name: string) => string): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  const taken = new Map<string, string>();
  for (const { name } of gates.list()) {
    const made: unknown = key(name);
    if (typeof made !== 'string' || made === '') {
      throw new FlagError('INVALID_ARGUMENT', `the key of ${name} is ${preview(made)}; expected a text, not empty`);
    }
    const other = taken.get(made);
    if (other !== undefined) {
      throw new FlagError('INVALID_ARGUMENT', `${other} and ${name} would both have the key ${preview(made)}`);
    }
    taken.set(made, name);
    keys.set(name, made);
  }
  return keys;
}

function setOf(gates: Gates, keys: ReadonlyMap<string, string>, name: string): FlagSet {
  const { program } = gates.program;
  const flags = gates.list().map((state) => [keys.get(state.name)!, definitionOf(state, program)] as const);
  const content = createHash('sha256').update(JSON.stringify(flags)).digest('hex').slice(0, 32);
  const document: FlagDocument = Object.freeze({ flags: new Map(flags) });
  return Object.freeze({ document, revision: `${name}.${content}` });
}

function definitionOf(state: GateState, program: string): FlagDefinition {
  const { stage, layer, owner, description, since, until, locked, overdue, enabled } = state;
  const metadata = {
    stage,
    layer,
    owner,
    since,
    ...(until === undefined ? {} : { until }),
    ...(locked ? { locked } : {}),
    ...(overdue ? { overdue } : {}),
    [MARKS.shown]: program,
  };
  return Object.freeze({ type: 'bool', description, owner, default: enabled, metadata: Object.freeze(metadata) });
}
