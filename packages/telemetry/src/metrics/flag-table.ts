import { type Evaluation, type EvaluationRecord, evaluationOf, type Reason } from '@flagwright/core';
import { type FlagCells, flagCells } from './flag-cells.ts';
import { LONGEST_LABEL, labelled } from './labelled.ts';
import type { CheckedMetricsOptions } from './options.ts';
import { ERROR_TYPES, isKnown } from './positions.ts';

/** Shared by flags for which there is no room, and by keys that are too long. */
export const OVERFLOW = '__overflow__';

/** Shared by keys that were asked for and are no flags, as far as is known. */
export const UNKNOWN = '__unknown__';

/** Where evaluations are counted. */
export interface FlagTable {
  /** The cells of an evaluation. */
  evaluated(key: string, reason: Reason, record: EvaluationRecord | undefined): FlagCells;
  /** The cells of what is told besides an evaluation. `known`: the flag exists; the last evaluation may know better. */
  besides(key: string, known: boolean): FlagCells;
  all(): Iterable<FlagCells>;
}

/** All flags as one, or each by itself, up to `maxFlags` of them. */
export function flagTable({ perFlag, maxFlags, buckets }: CheckedMetricsOptions): FlagTable {
  return perFlag ? eachByItself(maxFlags, buckets) : allAsOne(buckets);
}

function allAsOne(bounds: readonly number[]): FlagTable {
  const cells = flagCells('', bounds, [...ERROR_TYPES.keys()]);
  return { evaluated: () => cells, besides: () => cells, all: () => [cells] };
}

function eachByItself(maxFlags: number, bounds: readonly number[]): FlagTable {
  const flags = labelled(maxFlags, OVERFLOW, (label) => flagCells(label, bounds, label === UNKNOWN ? [0] : []));
  const unknown = flags.named(UNKNOWN);
  let lastKey: string | undefined;
  let last = unknown;

  function place(key: string, known: boolean): FlagCells {
    if (known || typeof key !== 'string' || key.length > LONGEST_LABEL) return flags.get(key);
    return unknown;
  }

  return {
    evaluated(key, reason, record) {
      // a key that was unknown may be a flag by now
      if (key === lastKey && last !== unknown) return last;
      const cells =
        flags.find(key) ??
        place(key, record?.evaluation === undefined ? reason !== 'ERROR' : isOfFlag(record.evaluation));
      // a long key is not kept in memory
      lastKey = key?.length > LONGEST_LABEL ? undefined : key;
      last = cells;
      return cells;
    },
    besides(key, known) {
      return key === lastKey ? last : (flags.find(key) ?? place(key, known));
    },
    all: () => flags.all(),
  };
}

/** Reasons with which others answer what they do not know. */
const BARE: ReadonlySet<string | undefined> = new Set(['DEFAULT', 'UNKNOWN']);

/** Whether an evaluation says that the flag exists. Another's bare default may be its answer to whatever is asked. */
function isOfFlag(evaluation: Evaluation): boolean {
  const { errorCode, variant, details } = evaluation;
  if (errorCode !== undefined) return isKnown(errorCode);
  if (variant !== undefined && variant !== null && variant !== '') return true;
  if (!BARE.has(details?.reason)) return true;
  return evaluationOf(details.flagMetadata) === evaluation;
}
