import type { JsonValue, Metadata, ResolutionDetails, Resolver, ResolverEvents } from '@flagwright/core';
import { vi } from 'vitest';
import type { FlagComparison, ShadowReport, ShadowResolver } from '../src/index.ts';

export const NO_EVENTS: ResolverEvents = { ready() {}, changed() {}, stale() {}, error() {} };

type Resolve = (key: string, fallback: JsonValue, context: Readonly<Record<string, unknown>>) => unknown;

/** A resolver that answers as a function does, whatever that is. */
export function answering(resolve: Resolve, more: Partial<Resolver> = {}): Resolver {
  return {
    name: 'answering',
    resolve: (_type, key, fallback, context) => resolve(key, fallback, context) as never,
    ...more,
  };
}

/** An answer as a good resolver gives it. */
export function answer(value: JsonValue, more: Partial<ResolutionDetails> = {}): ResolutionDetails {
  return { value, reason: 'STATIC', flagMetadata: Object.freeze({}) as Metadata, ...more };
}

/** The fallback with an error. */
export function failing(fallback: JsonValue, errorCode: ResolutionDetails['errorCode'] & string): ResolutionDetails {
  return answer(fallback, { reason: 'ERROR', errorCode });
}

/** A resolver that serves these values, and has no other flags. */
export function serving(values: ReadonlyMap<string, JsonValue>, more: Partial<Resolver> = {}): Resolver {
  return answering((key, fallback) => {
    const value = values.get(key);
    return value === undefined ? failing(fallback, 'FLAG_NOT_FOUND') : answer(value);
  }, more);
}

/** Starts a shadow, and waits for its candidate. */
export async function started<S extends ShadowResolver>(resolver: S): Promise<S> {
  await resolver.start(NO_EVENTS);
  await soon(() => {
    if (resolver.report().candidate.status === 'starting') throw new Error('the candidate is starting');
  });
  return resolver;
}

/** Waits until a check passes. */
export function soon<T>(check: () => T): Promise<T> {
  return vi.waitFor(check, { timeout: 10_000, interval: 5 });
}

/** The report, once it says what a test waits for. */
export function reported(resolver: ShadowResolver, expected: (report: ShadowReport) => boolean): Promise<ShadowReport> {
  return soon(() => {
    const report = resolver.report();
    // a report of ten thousand flags takes longer to write down than what is waited for
    const { flags, ...rest } = report;
    if (!expected(report)) {
      throw new Error(
        `the report says ${JSON.stringify({ ...rest, flags: flags.slice(0, 20), notSeen: rest.notSeen.length })}`,
      );
    }
    return report;
  });
}

/** Something that is done when a test says so. */
export function gate<T>(): { readonly promise: Promise<T>; readonly open: (value: T) => void } {
  let open!: (value: T) => void;
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

/** What a report says of one flag. */
export function flagOf({ flags }: ShadowReport, key: string): FlagComparison | undefined {
  return flags.find((flag) => flag.key === key);
}
