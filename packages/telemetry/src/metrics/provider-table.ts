import type { FlagError } from '@flagwright/core';
import { type Durations, durationsLength } from './durations.ts';
import type { Labels } from './family.ts';
import { type Labelled, LONGEST_LABEL, labelled } from './labelled.ts';

/** More providers in one process than anybody has. */
const MOST_PROVIDERS = 20;
const MOST_OPERATIONS = 10;
const MOST_ERROR_TYPES = 20;

/** What is counted of a provider's errors of one type. */
export interface ErrorCell {
  readonly labels: Labels;
  count: number;
}

/** What is counted of one operation of a provider. */
export interface OperationCells {
  readonly durations: Durations;
  readonly labels: Labels;
  readonly errors: Labelled<ErrorCell>;
}

/** What is known of a provider. */
export interface ProviderCells {
  readonly labels: Labels;
  readonly operations: Labelled<OperationCells>;
  /** 1 or 0. */
  up: number | undefined;
  /** In ms since the epoch. */
  lastRefresh: number | undefined;
  cacheSize: number | undefined;
  cacheMaxSize: number | undefined;
}

/** A table of providers; those for which there is no room share `other`. */
export function providerTable(bounds: readonly number[]): Labelled<ProviderCells> {
  return labelled(MOST_PROVIDERS, 'other', (provider) => ({
    labels: Object.freeze({ provider }),
    operations: labelled(MOST_OPERATIONS, 'other', (operation) => operationCells(provider, operation, bounds)),
    up: undefined,
    lastRefresh: undefined,
    cacheSize: undefined,
    cacheMaxSize: undefined,
  }));
}

function operationCells(provider: string, operation: string, bounds: readonly number[]): OperationCells {
  const labels: Labels = Object.freeze({ provider, operation });
  const errors = labelled<ErrorCell>(MOST_ERROR_TYPES, 'other', (type) => ({
    labels: Object.freeze({ provider, operation, error_type: type }),
    count: 0,
  }));
  // the usual error is shown before it happens, so that a rate can be taken of the first one
  errors.named('unavailable');
  return { durations: new Float64Array(durationsLength(bounds)), labels, errors };
}

/** The type of a provider's error: its code in lower case. */
export function errorTypeOf(error: FlagError): string {
  const code: unknown = (error as Partial<FlagError> | null | undefined)?.code;
  if (typeof code !== 'string' || code === '') return 'unknown';
  return code.length > LONGEST_LABEL ? 'other' : code.toLowerCase();
}
