import { FlagError, preview } from '@flagwright/core';
import type { Declared } from '../feature/gates-from.ts';
import type { Gates } from '../gates.ts';
import type { LiveGates } from '../holder.ts';
import type { GateSetting, Layer } from '../layer.ts';
import { gateName } from '../names.ts';

/** Gates and what they are to be. */
export type GateOverrides<N extends string = string> = Readonly<Partial<Record<N, boolean>>>;

export interface OverrideOptions {
  /** Who overrides, for messages, as the name of a test. Default: where it was called. */
  readonly by?: string | undefined;
}

interface Override {
  readonly values: ReadonlyMap<string, boolean>;
  readonly by: string;
}

/** The overrides there are on some gates, and the override layer the program had before the first of them. */
interface Session {
  readonly base: Layer | undefined;
  readonly overrides: Set<Override>;
}

const SESSIONS: WeakMap<LiveGates, Session> = new WeakMap();

/**
 * Overrides gates while `fn` runs, until what it returns is settled if that is a promise; then what was before holds
 * again, also if `fn` fails.
 *
 * The values are an `override` layer, above all others. Gates that require one that is switched off are off too. Several
 * overrides may be there at once, one in the other or side by side, and end in any order, if they name other gates.
 *
 * Throws `FlagError('NOT_FOUND')` for a gate that is not declared, `FlagError('CONFLICT')` for one that is overridden
 * already, and `FlagError('INVALID_ARGUMENT')` for one that cannot be so: it is locked, or requires what is off.
 */
export function withGates<N extends string, T>(
  gates: LiveGates<N>,
  overrides: GateOverrides<Declared<N>>,
  fn: (gates: Gates<N>) => T,
  { by = callerOf(withGates) }: OverrideOptions = {},
): T {
  const restore = begin(gates, overrides, by);
  let result: T;
  try {
    result = fn(gates.current);
  } catch (thrown) {
    restore();
    throw thrown;
  }
  if (isThenable(result)) return Promise.resolve(result).finally(restore) as T;
  restore();
  return result;
}

/** As `withGates`, from now until what it returns is called: for `beforeEach` and `afterEach`. */
export function overrideGates<N extends string>(
  gates: LiveGates<N>,
  overrides: GateOverrides<Declared<N>>,
  { by = callerOf(overrideGates) }: OverrideOptions = {},
): () => void {
  return begin(gates, overrides, by);
}

function begin<N extends string>(gates: LiveGates<N>, overrides: GateOverrides<N>, by: string): () => void {
  const own: Override = { values: checked(gates.current, overrides), by };
  const session = SESSIONS.get(gates) ?? { base: gates.current.layer('override'), overrides: new Set() };
  for (const other of session.overrides) {
    for (const [name, value] of own.values) {
      if (!other.values.has(name)) continue;
      const message = `${name} cannot be overridden to ${value} by ${by}: it is overridden to ${other.values.get(name)} by ${other.by}`;
      throw new FlagError('CONFLICT', `${message}. Wait for the one before beginning the other`);
    }
  }
  let over = false;
  const restore = (): void => {
    if (over) return;
    over = true;
    session.overrides.delete(own);
    if (session.overrides.size === 0) SESSIONS.delete(gates);
    lay(gates, session, undefined);
  };
  session.overrides.add(own);
  SESSIONS.set(gates, session);
  try {
    lay(gates, session, own);
    for (const [name, value] of own.values) checkHolds(gates.current, name, value);
  } catch (thrown) {
    restore();
    throw thrown;
  }
  return restore;
}

/** Lays all overrides there are. Gates that they leave without what they require are switched off, but those of `own`. */
function lay(gates: LiveGates, session: Session, own: Override | undefined): void {
  const off = new Set<string>();
  for (;;) {
    const layer = layerOf(gates.current, session, off);
    try {
      if (layer === undefined) gates.drop('override');
      else gates.apply(layer);
      return;
    } catch (thrown) {
      const { issues } = FlagError.from(thrown);
      const unmet = issues.filter(({ code }) => code === 'unmet-requirement').map(({ path }) => String(path.at(-1)));
      const others = unmet.filter((name) => own?.values.has(name) !== true && !off.has(name));
      if (others.length === 0) throw thrown;
      for (const name of others) off.add(name);
    }
  }
}

/** The override layer of the program with all overrides in it; without any, that of the program. */
function layerOf(gates: Gates, { base, overrides }: Session, off: ReadonlySet<string>): Layer | undefined {
  if (overrides.size + off.size === 0) return base;
  const settings = new Map<string, GateSetting>();
  for (const { values, by } of overrides) {
    for (const [name, enabled] of values) {
      // a locked gate is so already; to set it would only be warned about
      if (!gates.state(name).locked) settings.set(name, { name, enabled, from: by });
    }
  }
  for (const name of off) settings.set(name, { name, enabled: false, from: 'an override of what it requires' });
  const others = (base?.settings ?? []).filter(({ name }) => !settings.has(gateName(name)));
  return { name: 'override', settings: [...others, ...settings.values()] };
}

function checked(gates: Gates, overrides: GateOverrides): ReadonlyMap<string, boolean> {
  const values = new Map<string, boolean>();
  for (const [name, value] of Object.entries(overrides)) {
    const { locked, stage, default: fixed } = gates.state(name);
    if (typeof value !== 'boolean') {
      throw new FlagError(
        'INVALID_ARGUMENT',
        `${name} cannot be overridden to ${preview(value)}; expected true or false`,
      );
    }
    if (locked && value !== fixed) {
      const why =
        stage === 'prealpha' ? `it comes after version ${gates.program.version}` : `feature is locked to ${fixed}`;
      const hint = 'No program can have it so: test it in a version that can, by declaring the gates with that version';
      throw new FlagError('INVALID_ARGUMENT', `cannot set feature gate ${name} to ${value}, ${why}. ${hint}`);
    }
    values.set(name, value);
  }
  return values;
}

function checkHolds(gates: Gates, name: string, value: boolean): void {
  const { enabled, why } = gates.state(name);
  if (enabled === value) return;
  throw new FlagError('INVALID_ARGUMENT', `${name} cannot be overridden to ${value}: ${why}. Override that too`);
}

/** Where a function was called: file, line and column, as V8 has them. */
function callerOf(called: (...args: never[]) => unknown): string {
  const at: { stack?: string } = {};
  Error.captureStackTrace(at, called);
  const frame = at.stack?.split('\n')[1]?.trim();
  return frame === undefined ? called.name : `${called.name} ${frame}`;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
