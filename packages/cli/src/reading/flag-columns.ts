import { isRecord } from '@flagwright/core';
import type { Cell } from '../output/table.ts';
import { displayWidth } from '../output/width.ts';
import type { Column, Showing } from './column.ts';
import type { Item } from './item.ts';
import { textIn, variantsOf } from './members.ts';

/** Names of more than two variants are listed if they take no more columns than this. */
const NAMES_WIDTH = 20;

/** What is said of each flag: its name, its type, its variants. */
export function flagColumns({ style }: Showing): readonly Column[] {
  return [
    { title: 'NAME', cell: ({ id, spec }) => (spec.archived === true ? { text: id, paint: style.dim } : id) },
    { title: 'TYPE', cell: ({ spec }) => textIn(spec, 'type') ?? '-' },
    { title: 'VARIANTS', cell: ({ spec }) => variantNames(spec) },
  ];
}

/** `on, off`; of more than two that are long only how many. */
export function variantNames(spec: Readonly<Record<string, unknown>>): string {
  const names = variantsOf(spec).map(({ name }) => String(name));
  if (names.length === 0) return '-';
  const listed = names.join(', ');
  return names.length <= 2 || displayWidth(listed) <= NAMES_WIDTH ? listed : `${names.length} variants`;
}

/** A column for each linked stage: whether a flag is enabled there. */
export function stageColumns(items: readonly Item[], { style }: Showing): readonly Column[] {
  const ids = new Set(items.flatMap((item) => [...stagesOf(item).keys()]));
  return [...ids].sort().map((id) => ({
    title: id.toUpperCase(),
    cell(item): Cell {
      const stage = stagesOf(item).get(id);
      if (stage === undefined || (!stage.defined && typeof item.spec.enabled !== 'boolean')) return '-';
      return stage.enabled ? { text: 'enabled', paint: style.green } : { text: 'disabled', paint: style.dim };
    },
  }));
}

/** What a flag is in a linked stage. */
export interface InStage {
  /** A stage definition speaks of it. */
  readonly defined: boolean;
  readonly enabled: boolean;
}

/** What a flag is in each linked stage, by the id of that. */
export function stagesOf({ status }: Item): ReadonlyMap<string, InStage> {
  const stages = status?.stages;
  return new Map(isRecord(stages) ? (Object.entries(stages) as [string, InStage][]) : []);
}
