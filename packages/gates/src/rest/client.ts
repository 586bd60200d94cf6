import { checkedHeaders, FlagError, isRecord, preview } from '@flagwright/core';
import { gateKey, gateName } from '../names.ts';
import { checkedClient, type GatesClientOptions } from './client-options.ts';
import { type Answer, type Asked, exchange } from './exchange.ts';
import { checkedName } from './route.ts';

/** A gate of a cluster, as its server tells it. */
export interface RemoteGate {
  readonly name: string;
  readonly enabled: boolean;
  /** For `ifMatch`; undefined in a list. */
  readonly etag: string | undefined;
}

/** Options of a change. */
export interface ChangeOptions {
  /** The `etag` that the gate must have now; without, the last write wins. */
  readonly ifMatch?: string | undefined;
}

/** The gates of a cluster behind HTTP. Names may be given as `feature.<name>`, too. */
export interface GatesClient {
  /** The gates that are set, sorted by name. */
  list(): Promise<readonly RemoteGate[]>;
  /** Throws `NOT_FOUND` for a gate that is not set. */
  get(gate: string): Promise<RemoteGate>;
  /** Sets a gate. Throws `CONFLICT` if it is set. */
  create(gate: string, enabled: boolean): Promise<RemoteGate>;
  /** Changes a gate. Throws `NOT_FOUND` if it is not set, `CONFLICT` if it is not what `ifMatch` names. */
  update(gate: string, enabled: boolean, options?: ChangeOptions): Promise<RemoteGate>;
  /** Sets a gate, whether it is set or not. */
  set(gate: string, enabled: boolean): Promise<RemoteGate>;
  /** Unsets a gate. Throws as `update` does. */
  remove(gate: string, options?: ChangeOptions): Promise<void>;
}

/** A gate may come and go while it is being set: so often is tried. */
const MOST_ATTEMPTS = 5;

/**
 * What `gatesHandler` serves, as methods. `url` is where its gates are: `https://cluster.example/1.0/feature-gates`.
 *
 * Methods throw `FlagError` with the code that the server says, and `INVALID_ARGUMENT` without asking it for what no gate
 * can be. `UNAVAILABLE` means that nothing was done; `UNKNOWN` that
 * a change may have been made.
 */
export function gatesClient(url: string | URL, options: GatesClientOptions = {}): GatesClient {
  const checked = checkedClient(url, options);
  const ask = (asked: Asked): Promise<Answer> => exchange(checked, asked);
  const one = (gate: string): string => `/${encodeURIComponent(keyOf(gate))}`;

  const client: GatesClient = {
    async list() {
      const { body } = await ask({ method: 'GET', path: '' });
      if (!Array.isArray(body)) throw unexpected(body, 'a list of gates', false);
      return body.map((gate) => remoteGate({ body: gate, etag: undefined }, false));
    },
    async get(gate) {
      return remoteGate(await ask({ method: 'GET', path: one(gate) }), false);
    },
    async create(gate, enabled) {
      const body = { 'gate-key': keyOf(gate), enabled: booleanIn(enabled) };
      return remoteGate(await ask({ method: 'POST', path: '', body }), true);
    },
    async update(gate, enabled, options) {
      const body = { enabled: booleanIn(enabled) };
      return remoteGate(await ask({ method: 'PUT', path: one(gate), body, ifMatch: tagIn(options) }), true);
    },
    async set(gate, enabled) {
      for (let attempts = 1; ; attempts++) {
        const changed = await unless('NOT_FOUND', client.update(gate, enabled));
        if (changed !== undefined) return changed;
        const created = client.create(gate, enabled);
        const made = await (attempts === MOST_ATTEMPTS ? created : unless('CONFLICT', created));
        if (made !== undefined) return made;
      }
    },
    async remove(gate, options) {
      await ask({ method: 'DELETE', path: one(gate), ifMatch: tagIn(options) });
    },
  };
  return client;
}

function keyOf(gate: unknown): string {
  if (typeof gate === 'string') return gateKey(checkedName(gate));
  throw new FlagError('INVALID_ARGUMENT', `${preview(gate)} is no name for a gate; expected a text`);
}

function booleanIn(enabled: unknown): boolean {
  if (typeof enabled === 'boolean') return enabled;
  throw new FlagError('INVALID_ARGUMENT', `enabled is ${preview(enabled)}; expected true or false`);
}

function tagIn(options: ChangeOptions | undefined): string | undefined {
  const ifMatch = options?.ifMatch;
  return ifMatch === undefined ? undefined : checkedHeaders({ 'if-match': ifMatch }, new Set())['if-match'];
}

/** The outcome, or undefined if it is this error. */
async function unless<T>(code: FlagError['code'], promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (thrown) {
    if (thrown instanceof FlagError && thrown.code === code) return undefined;
    throw thrown;
  }
}

function remoteGate({ body, etag }: Answer, changing: boolean): RemoteGate {
  if (isRecord(body)) {
    const { 'gate-key': key, enabled } = body;
    if (typeof key === 'string' && typeof enabled === 'boolean') return { name: gateName(key), enabled, etag };
  }
  throw unexpected(body, '{ "gate-key": …, "enabled": … }', changing);
}

/** Whoever answers so is none of ours, and what it did with a change is not known. */
function unexpected(body: unknown, expected: string, changing: boolean): FlagError {
  const message = `the server answered ${preview(body)}; expected ${expected}. Hint: check url`;
  return new FlagError(changing ? 'UNKNOWN' : 'UNAVAILABLE', message);
}
