import { FlagError } from '@flagwright/core';
import type { Gates } from '../gates.ts';
import { envNameOf } from '../input/env-names.ts';
import type { LayerName } from '../layer.ts';
import { gateName } from '../names.ts';
import { shown } from '../printable.ts';
import type { GateState } from '../state.ts';
import { type Declared, type GatesFrom, gatesNow } from './gates-from.ts';

/** Says in a sentence how whoever met a closed gate opens it, in a program that has its own ways. */
export type HintOf = (state: GateState) => string;

/**
 * The hint for whoever met a closed gate: that it is, why if somebody closed it, and how it is opened, with what it
 * requires. Of a gate that is open it says that, and why. Throws `FlagError('NOT_FOUND')` for a name that is not
 * declared.
 */
export function enableHint<N extends string>(gates: Gates<N>, name: Declared<N>, how?: HintOf): string {
  const state = gates.state(name);
  if (state.enabled) return `feature gate ${name} is enabled: ${state.why}`;
  const closed = closedBefore(gates, state);
  const stuck = closed.find(({ locked, layer }) => locked || layer === 'override');
  const title = `feature gate ${name} is not enabled`;
  if (stuck === state) return `${title}, and cannot be: ${whyStuck(state)}`;
  if (stuck !== undefined) {
    return `${title}, and cannot be: it requires ${stuck.name}, which is off for good: ${whyStuck(stuck)}`;
  }
  const why = state.layer === 'default' ? '' : `: ${state.why}`;
  return `${title}${why}. ${how === undefined ? waysToOpen(gates, closed) : how(state)}`;
}

/** By the command line and by variables, as far as nothing is in the way that is set already. */
function waysToOpen(gates: Gates, closed: readonly GateState[]): string {
  const flag = `--feature-gates=${closed.map((gate) => `${gate.name}=true`).join(',')}`;
  const against = (layer: LayerName, name: string): readonly string[] =>
    (gates.layer(layer)?.settings ?? [])
      .filter((setting) => !setting.enabled && gateName(setting.name) === name)
      .map(({ from }) => shown(from));
  const out = closed.flatMap(({ name }) => against('flag', name).map((from) => `${name} out of ${from}`));
  if (out.length > 0) return `Take ${[...new Set(out)].join(' and ')}, and enable it with ${flag}`;
  // one variable cannot say other than another, nor anything against what stands on the command line
  const variableOf = (name: string): string => envNameOf(gates.program, name);
  const weak = closed.some(
    ({ name, layer }) => layer === 'flag' || against('env', name).some((from) => from !== variableOf(name)),
  );
  const variables = closed.map(({ name }) => `${variableOf(name)}=true`).join(' ');
  return `Enable it with ${flag}${weak ? '' : `, or ${variables}`}`;
}

/** Lets pass whoever may use a gate, and marks it used. Throws `FlagError('UNSUPPORTED')` with the hint otherwise. */
export function requireGate<N extends string>(from: GatesFrom<N>, name: Declared<N>, message?: string): void {
  const gates = gatesNow(from);
  if (gates.enabled(name)) return;
  const hint = enableHint(gates, name);
  throw new FlagError('UNSUPPORTED', message === undefined ? hint : `${message}\n${hint}`);
}

/** The gate and all it requires that is off, the gate first. */
function closedBefore(gates: Gates, state: GateState): readonly GateState[] {
  const closed = new Map<string, GateState>();
  const visit = (gate: GateState): void => {
    if (gate.enabled || closed.has(gate.name)) return;
    closed.set(gate.name, gate);
    for (const other of gate.requires) visit(gates.state(other));
  };
  visit(state);
  return [...closed.values()];
}

function whyStuck({ stage, since, until, replacement, why }: GateState): string {
  if (stage === 'prealpha') return `it comes in ${since}`;
  const instead = replacement === undefined ? '' : `; use ${replacement} instead`;
  if (stage === 'removed') return `it was removed${until === undefined ? '' : ` in ${until}`}${instead}`;
  return why;
}
