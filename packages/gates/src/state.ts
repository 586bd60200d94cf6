import type { Place } from '@flagwright/core';
import type { LayerName } from './layer.ts';
import type { Stage } from './maturity.ts';

/** What a gate is now, and why. */
export interface GateState<N extends string = string> {
  readonly name: N;
  readonly stage: Stage;
  readonly enabled: boolean;
  /** What it is without any setting, in the running version and channel. */
  readonly default: boolean;
  readonly locked: boolean;
  /** Which layer decided: `locked` and `default` of the declaration, `requirement` if what it requires is off. */
  readonly layer: LayerName | 'locked' | 'default' | 'requirement';
  /** Who set it, for people: `--feature-gates`, a variable, a file; undefined if nobody did. */
  readonly from: string | undefined;
  readonly place: Place | undefined;
  /** The decision in words: `set by --feature-gates`, `beta gates are on by default`. */
  readonly why: string;
  readonly owner: string;
  readonly description: string;
  readonly since: string;
  readonly until: string | undefined;
  /** The running version has reached `until`: the gate should have been removed. */
  readonly overdue: boolean;
  readonly requires: readonly string[];
  readonly replacement: string | undefined;
  readonly proposal: string | undefined;
}
