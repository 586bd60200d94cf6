import type { Gates } from '../gates.ts';
import type { GateFlagNames } from '../input/flags.ts';
import type { GateState } from '../state.ts';
import { STAGE_TITLES } from './history.ts';
import { code, linkOrPath, linkToGate, plain, table } from './markdown.ts';
import { spellingsOf, type Way } from './ways.ts';

export interface SectionOptions {
  readonly ways: readonly Way[];
  readonly flags: GateFlagNames;
}

/** All there is to say of one gate: what it does, whose it is, what it hangs on, and how it is switched. */
export function sectionOf(gates: Gates, state: GateState, options: SectionOptions): string {
  const { name, description, owner, since, requires, replacement, proposal } = state;
  const dependents = gates.list().filter((other) => other.requires.includes(name));
  const links = (names: readonly string[]): string => names.map(linkToGate).join(', ');
  const facts = [
    `Stage: ${stageOf(state)}`,
    `Owner: ${plain(owner)}`,
    `Since: ${since}`,
    ...endOf(state),
    ...(replacement === undefined
      ? []
      : [`Use instead: ${gates.has(replacement) ? linkToGate(replacement) : plain(replacement)}`]),
    ...(requires.length === 0 ? [] : [`Requires: ${links(requires)}`]),
    ...(dependents.length === 0 ? [] : [`Required by: ${links(dependents.map((other) => other.name))}`]),
    ...(proposal === undefined ? [] : [`Proposal: ${linkOrPath(proposal)}`]),
  ];
  const list = facts.map((fact) => `- ${fact}`).join('\n');
  return [plain(description), list, howToSwitch(gates, state, options)].filter((part) => part !== '').join('\n\n');
}

function stageOf({ stage, since, default: byDefault, locked }: GateState): string {
  if (stage === 'prealpha') return `not there yet, it comes in ${since}`;
  const value = byDefault ? 'on' : 'off';
  return `${STAGE_TITLES[stage]}, ${locked ? `always ${value}` : `${value} by default`}`;
}

function endOf({ stage, until }: GateState): readonly string[] {
  if (until === undefined) return [];
  return [stage === 'removed' ? `Removed in: ${until}` : `Will be removed in: ${until}`];
}

function howToSwitch(gates: Gates, state: GateState, { ways, flags }: SectionOptions): string {
  const { stage, default: byDefault, locked } = state;
  if (stage === 'prealpha') return 'It cannot be switched on before.';
  if (locked) return `It cannot be switched ${byDefault ? 'off' : 'on'}.`;
  const names = switchedWith(gates, state);
  const spellings = spellingsOf(gates.program, names, !byDefault, flags);
  const rows = ways.flatMap((way) => spellings[way].map(([where, how]) => [where, code(how)]));
  if (rows.length === 0) return '';
  const others = names.length === 1 ? '' : byDefault ? ', with what requires it' : ', with what it requires';
  return `To switch it ${byDefault ? 'off' : 'on'}${others}, any of:\n\n${table(['Where', 'How'], rows)}`;
}

/**
 * A gate and what must be switched with it, by way of others, too: what it requires and is off by default, or what is on
 * by default and requires it.
 */
function switchedWith(gates: Gates, state: GateState): readonly string[] {
  const before = ({ requires }: GateState): readonly GateState[] => requires.map((name) => gates.state(name));
  const after = ({ name }: GateState): readonly GateState[] =>
    gates.list().filter(({ requires }) => requires.includes(name));
  const next = state.default ? after : before;
  const names = new Set<string>();
  const visit = (gate: GateState): void => {
    if (names.has(gate.name) || gate.default !== state.default) return;
    names.add(gate.name);
    for (const other of next(gate)) visit(other);
  };
  visit(state);
  return [...names];
}
