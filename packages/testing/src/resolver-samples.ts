import type {
  EvaluationContext,
  FollowHealth,
  JsonValue,
  ResolutionDetails,
  ResolvedType,
  Resolver,
} from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { expect } from 'vitest';
import { CONTRACT_FLAGS } from './resolver-fixture.ts';

/** The types a flag is asked for, and what none of the contract's flags serves in each. */
export const FALLBACKS: Readonly<Record<ResolvedType, JsonValue>> = {
  boolean: true,
  string: 'fallback',
  number: -1,
  object: { fallback: [true] },
};

/** Every type. */
export const TYPES = Object.keys(FALLBACKS) as readonly ResolvedType[];

/** Keys on which look-ups have stumbled. */
export const ODD_KEYS: readonly string[] = [
  '',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'contract-true ',
  'CONTRACT-TRUE',
  'k'.repeat(10_000),
  'é 日本 😀\n\u0000',
];

/** The context of a usual evaluation. */
export const SOMEBODY: EvaluationContext = Object.freeze({ targetingKey: 'contract-user' });

/** A context in which reading one nested attribute throws. */
const throwing = (): EvaluationContext => ({
  targetingKey: 'contract-user',
  account: {
    get plan(): string {
      throw new Error('contract: an attribute that cannot be read');
    },
  },
});

/** A context that holds itself, as a request or an entity of an ORM does. */
function cyclic(): Record<string, unknown> {
  const context: Record<string, unknown> = { targetingKey: 'contract-user' };
  context.self = context;
  context.list = [context];
  return context;
}

/** A context of so many levels that whoever goes down by recursion runs out of stack. */
function deep(): Record<string, unknown> {
  let level: Record<string, unknown> = {};
  for (let i = 0; i < 10_000; i++) level = { level };
  return { targetingKey: 'contract-user', level };
}

/** Contexts that applications give by mistake, fresh ones, by what is odd about them. */
export function oddContexts(): Readonly<Record<string, EvaluationContext>> {
  const contexts: Readonly<Record<string, Record<string, unknown>>> = {
    'nothing in it': {},
    'no prototype': Object.assign(Object.create(null) as Record<string, unknown>, { targetingKey: 'contract-user' }),
    'empty attributes': { targetingKey: 'contract-user', a: null, b: undefined, c: '', d: [], e: {} },
    dates: { targetingKey: 'contract-user', at: new Date(0), never: new Date(Number.NaN) },
    nesting: { targetingKey: 'contract-user', a: { b: [{ c: { d: [null, { e: 1 }] } }] } },
    'names of Object': JSON.parse('{"targetingKey":"u","__proto__":{"polluted":true},"constructor":"x","toString":1}'),
    'an empty targetingKey': { targetingKey: '' },
    'a number as targetingKey': { targetingKey: 7 },
    'null as targetingKey': { targetingKey: null },
    'an object as targetingKey': { targetingKey: { id: 'contract-user' } },
    'huge text': { targetingKey: 'u'.repeat(100_000), note: 'n'.repeat(100_000) },
    'odd numbers': { targetingKey: 'contract-user', a: Number.NaN, b: Number.POSITIVE_INFINITY, c: -0, d: 1e308 },
    'values that are no data': { targetingKey: 'contract-user', a: () => 1, b: Symbol('b'), c: 1n },
    'everything frozen': Object.freeze({ targetingKey: 'contract-user', a: Object.freeze({ b: Object.freeze([1]) }) }),
  };
  const wild = { 'a cycle': cyclic(), 'ten thousand levels': deep() };
  return { ...contexts, ...wild, 'an attribute that throws': throwing() };
}

/** The type in which a value is asked for. */
export function typeOf(value: JsonValue): ResolvedType {
  const type = typeof value;
  return type === 'boolean' || type === 'string' || type === 'number' ? type : 'object';
}

/** What a flag is asked with. */
export interface Question {
  readonly fallback?: JsonValue;
  readonly context?: EvaluationContext;
}

/** Asks at once, and expects an answer that is well formed, whatever it says. */
export async function ask(
  resolver: Resolver,
  type: ResolvedType,
  key: string,
  { fallback = FALLBACKS[type], context = SOMEBODY }: Question = {},
): Promise<ResolutionDetails> {
  const answer = await resolver.resolve(type, key, fallback, context);
  expectAnswer(answer, type, fallback);
  return answer;
}

/** Expects the flag of the contract to serve its value. */
export async function expectServed(resolver: Resolver, key: string, question: Question = {}): Promise<void> {
  const value = CONTRACT_FLAGS[key]!;
  const answer = await ask(resolver, typeOf(value), key, { fallback: otherThan(value), ...question });
  expect(answer.errorCode, `${key}: ${answer.errorMessage}`).toBeUndefined();
  expect(answer.value, key).toStrictEqual(value);
}

/** Expects every flag of the contract to serve its value. */
export async function expectGood(resolver: Resolver): Promise<void> {
  for (const key of Object.keys(CONTRACT_FLAGS)) await expectServed(resolver, key);
}

/** Expects fallbacks, each with an error code: the one given, or any. */
export async function expectNoAnswers(resolver: Resolver, errorCode?: string): Promise<void> {
  for (const [key, value] of [...Object.entries(CONTRACT_FLAGS), ['contract-missing', false] as const]) {
    const answer = await ask(resolver, typeOf(value), key, { fallback: otherThan(value) });
    expect(answer.errorCode, key).toEqual(errorCode ?? expect.any(String));
  }
}

/** A fallback that the flag does not serve. */
function otherThan(value: JsonValue): JsonValue {
  return typeof value === 'boolean' ? !value : FALLBACKS[typeOf(value)];
}

/** Expects an answer to be one: a value of the type and no error, or the fallback itself and an error; flat metadata. */
export function expectAnswer(answer: ResolutionDetails, type: ResolvedType, fallback: JsonValue): void {
  const { value, reason, variant, errorCode, errorMessage } = answer;
  expectMetadata(answer);
  expect(reason).toBeTypeOf('string');
  expect(reason).not.toBe('');
  if (errorCode === undefined) {
    expect(reason).not.toBe('ERROR');
    expect(errorMessage).toBeUndefined();
    expect(value, 'the value').toBeTypeOf(type);
    if (variant !== undefined) expect(variant).toBeTypeOf('string');
    return;
  }
  expect(errorCode).toMatch(/^[A-Z_]+$/);
  expect(reason).toBe('ERROR');
  expect(value, 'not the fallback itself').toBe(fallback);
  expect(variant).toBeUndefined();
  if (errorMessage !== undefined) expect(errorMessage).toBeTypeOf('string');
}

/** Expects metadata that is there, flat and frozen. */
export function expectMetadata({ flagMetadata }: ResolutionDetails): void {
  expect(flagMetadata, 'flagMetadata').toBeTypeOf('object');
  expect(flagMetadata, 'flagMetadata').not.toBeNull();
  expect(Object.isFrozen(flagMetadata), 'flagMetadata is frozen').toBe(true);
  for (const [name, fact] of Object.entries(flagMetadata)) {
    expect(['string', 'number', 'boolean'], `flagMetadata.${name}`).toContain(typeof fact);
  }
}

/** Does to a value what a careless caller would: changes whatever lets itself be changed. */
export function vandalise(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const name of Object.keys(value)) {
    vandalise(Reflect.get(value, name));
    if (!Reflect.set(value, name, 'vandalised')) continue;
    Reflect.deleteProperty(value, name);
  }
  Reflect.set(value, 'vandalised', true);
}

/** Runs what may throw or reject, and gives what it threw; undefined if it did not. */
export async function thrownBy(run: () => unknown): Promise<unknown> {
  try {
    await run();
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

/** Expects something to throw, or to reject with, a `FlagError` of one of some codes, or of any. */
export async function expectRefused(run: () => unknown, ...codes: readonly FlagError['code'][]): Promise<void> {
  const thrown = await thrownBy(run);
  expect(thrown).toBeInstanceOf(FlagError);
  if (codes.length > 0) expect(codes).toContain((thrown as FlagError).code);
}

/** Expects a resolver that is not started, or stopped, to list nothing, and to say so. */
export async function expectNoList(resolver: Resolver): Promise<void> {
  if (resolver.all !== undefined) await expectRefused(() => resolver.all?.(SOMEBODY), 'NOT_READY', 'UNSUPPORTED');
  expect(resolver.keys?.(), 'keys()').toBeUndefined();
  expect(resolver.snapshot?.(), 'snapshot()').toBeUndefined();
}

/** Whether a resolver that is started finds out when asked that it cannot list, as one that stands for another may. */
export async function cannotList(resolver: Resolver): Promise<boolean> {
  if (resolver.all === undefined) return true;
  const thrown = await thrownBy(() => resolver.all?.(SOMEBODY));
  return thrown instanceof FlagError && thrown.code === 'UNSUPPORTED';
}

/** How the flags are doing, where the resolver can tell: by its word, and with the cause if they are stale. */
export function expectHealth(resolver: Resolver, status: FollowHealth['status'] | undefined): void {
  const health = resolver.health?.();
  // one that stands for another may not know
  if (health === undefined) return;
  expect(health.status).toBe(status);
  expect(health.flags).toBeGreaterThan(0);
  if (status === 'stale') expect(health.lastError).toBeInstanceOf(FlagError);
}
