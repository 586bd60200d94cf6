import type { JsonValue, ResolutionDetails, ResolvedType, Resolver, ResolverEvents } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import type { TestContext } from 'vitest';
import { CONTRACT_FLAGS, type ResolverFixture } from '../src/resolver-fixture.ts';
import { typeOf } from '../src/resolver-samples.ts';
import { resolverTests } from '../src/resolver-tests.ts';

/** What it answers. */
export type Details = ResolutionDetails<JsonValue>;
/** What it is asked. */
export interface Question {
  readonly type: ResolvedType;
  readonly key: string;
  readonly fallback: JsonValue;
  readonly context: Record<string, unknown>;
}

type Right = Required<Omit<Resolver, 'snapshot' | 'health'>>;

/** What a faulty resolver does differently. */
export interface Fault {
  /** Puts something between its answers and its caller. */
  readonly answer?: (answer: Details, question: Question) => unknown;
  /** Puts something between what it tells and its listener. */
  readonly events?: (to: ResolverEvents) => Partial<ResolverEvents>;
  /** Has other methods. */
  readonly resolver?: (right: Right) => Partial<Resolver>;
  readonly early?: boolean;
  readonly deaf?: boolean;
  readonly trusting?: boolean;
  readonly hangs?: boolean;
  readonly forgetful?: boolean;
  readonly restless?: boolean;
  readonly afterStop?: NonNullable<Details['errorCode']>;
  readonly lookUp?: (flags: Map<string, JsonValue>, key: string) => JsonValue | undefined;
}

const OFF = null;
/** The metadata of every answer. */
export const METADATA = Object.freeze({ source: 'mutant' });
/** What the backend is reached with. */
export const SECRET = 's3cret';
const away = (): FlagError =>
  new FlagError('UNAVAILABLE', 'the backend is away', { cause: new Error(`connect ECONNREFUSED db://u:${SECRET}@h`) });

/** A plain resolver over a backend in memory, right but for its fault. */
export function openMutant(fault: Fault): ResolverFixture {
  const flags = new Map<string, JsonValue>(Object.entries(CONTRACT_FLAGS));
  flags.set('contract-off', OFF).set('contract-changing', false);
  const backend = { changed: false, away: false, hangs: false };
  let asked = 0;
  let stopped = false;
  let events: ResolverEvents | undefined;
  let state: 'off' | 'good' | 'stale' = 'off';
  let giveUp: (() => void) | undefined;

  /** Sees what has become of the backend. */
  function look(): void {
    if (events === undefined) return;
    const before = state;
    if (backend.away) {
      if (state === 'good') {
        state = 'stale';
        events.stale(away());
      }
      return;
    }
    state = 'good';
    if (before !== 'good') events.ready();
    if (flags.get('contract-changing') === backend.changed) return;
    const use = (): unknown => flags.set('contract-changing', backend.changed);
    if (fault.early !== true) use();
    events.changed(['contract-changing']);
    use();
  }

  function answerTo({ type, key, fallback }: Question): Details {
    const no = (errorCode: NonNullable<Details['errorCode']>): Details =>
      Object.freeze({ value: fallback, reason: 'ERROR', flagMetadata: METADATA, errorCode, errorMessage: key });
    if (stopped && fault.afterStop !== undefined) return no(fault.afterStop);
    if (state === 'off' || (state === 'stale' && fault.forgetful === true)) return no('PROVIDER_NOT_READY');
    const value = fault.lookUp === undefined ? flags.get(key) : fault.lookUp(flags, key);
    if (value === undefined) return no('FLAG_NOT_FOUND');
    if (value === OFF) return Object.freeze({ value: fallback, reason: 'DISABLED', flagMetadata: METADATA });
    if (typeOf(value) !== type && fault.trusting !== true) return no('TYPE_MISMATCH');
    return Object.freeze({ value: structuredClone(value), variant: 'v', reason: 'STATIC', flagMetadata: METADATA });
  }

  const right: Right = {
    name: 'mutant',
    async start(to) {
      const running = events !== undefined;
      events = { ...to, ...fault.events?.(to) };
      stopped = false;
      asked++;
      if (running) return;
      if (backend.hangs) {
        await new Promise<void>((_, reject) => {
          const timer = fault.hangs === true ? undefined : setTimeout(reject, 80, away());
          giveUp = () => {
            clearTimeout(timer);
            reject(new FlagError('NOT_READY', 'stopped'));
          };
        });
      }
      if (backend.away) throw away();
      flags.set('contract-changing', backend.changed);
      state = 'good';
    },
    async stop() {
      giveUp?.();
      stopped = true;
      if (fault.restless === true) setInterval(() => asked++, 5).unref();
      if (fault.deaf !== true) events = undefined;
      state = 'off';
    },
    track: () => undefined,
    resolve: (type, key, fallback, context) => {
      const question = { type, key, fallback, context };
      const answer = answerTo(question);
      return (fault.answer === undefined ? answer : fault.answer(answer, question)) as never;
    },
    all() {
      if (state === 'off') throw new FlagError('NOT_READY', 'off');
      const ask = (key: string, value: JsonValue) => answerTo({ type: typeOf(value), key, fallback: OFF, context: {} });
      return new Map([...flags].map(([key, value]) => [key, ask(key, value)]));
    },
    keys: () => (state === 'off' ? undefined : [...flags.keys()]),
  };
  const now = (change: Partial<typeof backend>) => () => {
    Object.assign(backend, change);
    look();
  };
  const resolver: Resolver = { ...right, ...fault.resolver?.(right) };
  return {
    resolver,
    change: now({ changed: true }),
    breakIt: now({ away: true }),
    mend: now({ away: false }),
    hang: now({ hangs: true }),
    asked: () => asked,
    secrets: [SECRET],
    close: async () => right.stop(),
  };
}

/** The names of the tests, of those given, that a resolver fails. */
export async function failedBy(fault: Fault, wanted?: readonly string[]): Promise<readonly string[]> {
  const open = async (): Promise<ResolverFixture> => openMutant(fault);
  const tests = resolverTests({ open, startWithin: 100, eventWithin: 60, quietFor: 20 });
  const failed: string[] = [];
  for (const name of wanted ?? Object.keys(tests)) {
    const run = tests[name];
    if (run === undefined) throw new Error(`there is no test "${name}"`);
    const skip = new Error('skipped');
    const context = {
      skip: () => {
        throw skip;
      },
    } as unknown as TestContext;
    const fixture = await open();
    try {
      await run(fixture, context);
    } catch (error) {
      if (error !== skip) failed.push(name);
    } finally {
      await fixture.close();
    }
  }
  return failed;
}
