import { describe, expect, it } from 'vitest';
import { type Decision, decide, type Situation, type Standing, type SyncMode } from './decide.ts';
import type { Value } from './entry.ts';

/** Before the colon what both agreed on and what is set here; behind it what is done if the cluster has ?, -, T or F. */
type Grid = string;

const VALUES: Readonly<Record<string, Value>> = { '-': undefined, T: true, F: false };
const SIGNS: Readonly<Record<string, Decision>> = {
  '=': { action: 'agree', conflict: false },
  '>': { action: 'push', conflict: false },
  '!': { action: 'push', conflict: true },
  '<': { action: 'pull', conflict: false },
  X: { action: 'pull', conflict: true },
  n: { action: 'note', conflict: false },
  '.': { action: 'hold', conflict: false },
};

const UNKNOWN_JOINED: Grid = `
  ? -: = = < <
  ? T: > > = !
  ? F: > > ! =`;
const UNKNOWN_PULLED: Grid = `
  ? -: = = < <
  ? T: > < = <
  ? F: > < < =`;
const TWO_WAY: Grid = `
  - -: = = < <
  - T: > > = !
  - F: > > ! =
  T -: = = > !
  T T: < < = <
  T F: ! ! > =
  F -: = = ! >
  F T: ! ! = >
  F F: < < < =`;
const UNKNOWN_JOINED_PULL_ONLY: Grid = `
  ? -: = = < <
  ? T: . . = X
  ? F: . . X =`;
const PULL_ONLY: Grid = `
  - -: = = < <
  - T: . . = X
  - F: . . X =
  T -: = = . X
  T T: < < = <
  T F: X X . =
  F -: = = X .
  F T: X X = .
  F F: < < < =`;

/** What a node that is joining may not do yet. */
const silent = (grid: Grid): Grid => grid.replaceAll(/[>!]/g, '.');
/** What a node that only pushes leaves. */
const givingOnly = (grid: Grid, instead: '.' | 'n'): Grid => grid.replaceAll('<', instead);

const GRIDS: readonly [SyncMode, Standing, Grid][] = [
  ['two-way', 'joined', UNKNOWN_JOINED + TWO_WAY],
  ['two-way', 'pulled', UNKNOWN_PULLED + TWO_WAY],
  ['two-way', 'joining', silent(UNKNOWN_PULLED + TWO_WAY)],
  ['push-only', 'joined', givingOnly(UNKNOWN_JOINED + TWO_WAY, '.')],
  ['push-only', 'pulled', givingOnly(UNKNOWN_PULLED, 'n') + givingOnly(TWO_WAY, '.')],
  ['push-only', 'joining', silent(givingOnly(UNKNOWN_PULLED, 'n') + givingOnly(TWO_WAY, '.'))],
  ['pull-only', 'joined', UNKNOWN_JOINED_PULL_ONLY + PULL_ONLY],
  ['pull-only', 'pulled', silent(UNKNOWN_PULLED) + PULL_ONLY],
  ['pull-only', 'joining', silent(UNKNOWN_PULLED) + PULL_ONLY],
];

interface Row {
  readonly situation: Situation;
  readonly sign: string;
}

function rowsOf(mode: SyncMode, standing: Standing, grid: Grid): readonly Row[] {
  return grid
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [before = '', signs = ''] = line.trim().split(':');
      const [agreed = '', local = ''] = before.split(' ');
      return ['?', '-', 'T', 'F'].map((cluster, i) => ({
        situation: {
          mode,
          standing,
          local: VALUES[local],
          cluster: cluster === '?' ? undefined : { enabled: VALUES[cluster] },
          agreed: agreed === '?' ? undefined : { value: VALUES[agreed] },
        },
        sign: signs.trim().split(' ')[i]!,
      }));
    });
}

describe.each(GRIDS)('%s, %s', (mode, standing, grid) => {
  const rows = rowsOf(mode, standing, grid);

  it('is decided in every situation', () => {
    expect(new Set(rows.map(({ situation }) => nameOf(situation))).size).toBe(4 * 3 * 4);
  });

  it.each(rows.map(({ situation, sign }) => [nameOf(situation), sign, situation] as const))(
    '%s %s',
    (_, sign, situation) => {
      expect(decide(situation)).toEqual(SIGNS[sign]);
    },
  );
});

function nameOf({ agreed, local, cluster }: Situation): string {
  const word = (value: Value): string => String(value ?? 'unset');
  return `agreed ${agreed ? word(agreed.value) : '?'}, here ${word(local)}, there ${cluster ? word(cluster.enabled) : '?'}`;
}
