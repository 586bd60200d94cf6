import type { FlagDocument, FlagSource } from '@flagwright/core';
import { FlagError, isRecord, preview } from '@flagwright/core';
import { ownCopy } from './documents.ts';
import { staticSource } from './static.ts';

/** Options of `overrides`. */
export interface OverridesOptions {
  /** Allow overrides where `environment` is `production`. Default: false. */
  readonly allowInProduction?: boolean | undefined;
  /** Default: `NODE_ENV`. */
  readonly environment?: string | undefined;
}

/**
 * A source of nothing but overrides, for development: flag key to the value it is forced to, or to `{ variant: name }`.
 * To be laid over the real source: `overlay(source, overrides({ 'new-checkout': true }))`.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` in production unless allowed, and if a value is no JSON.
 */
export function overrides(values: Readonly<Record<string, unknown>>, options: OverridesOptions = {}): FlagSource {
  if (!isRecord(values)) {
    throw new FlagError('INVALID_ARGUMENT', `overrides are ${preview(values)}; expected a map of flag key to value`);
  }
  checkAllowed(options);
  const forced = Object.entries(values).map(([key, value]) => [key, ownCopy(value, `the override of ${preview(key)}`)]);
  const document: FlagDocument = Object.freeze({ overrides: Object.freeze(Object.fromEntries(forced)) });
  return staticSource('overrides', () => document);
}

/** Refuses overrides in production, unless they are allowed. */
export function checkAllowed({
  allowInProduction = false,
  environment = process.env.NODE_ENV,
}: OverridesOptions): void {
  if (environment !== 'production' || allowInProduction) return;
  throw new FlagError(
    'INVALID_ARGUMENT',
    'overrides are for development, and this is production. Hint: remove them, or pass allowInProduction: true',
  );
}
