import type { SemVer } from 'semver';
import type { GateDeclaration, GateSpec } from './declaration.ts';
import { type Channel, defaultOf, type Stage } from './maturity.ts';
import { reached, versionOf } from './version.ts';

/** What a gate is in the running version. */
export interface RunningSpec {
  readonly stage: Stage;
  readonly default: boolean;
  readonly locked: boolean;
  /** The version that introduced the gate, as it was written. */
  readonly since: string;
  /** The version in which it goes: as declared, else, of one that is on its way out, when its history says `removed`. */
  readonly until: string | undefined;
}

/** All specs of a gate, oldest first; a gate without a history has one, from its beginning. */
export function specsOf(gate: GateDeclaration): readonly GateSpec[] {
  if (gate.history !== undefined) return gate.history;
  const { stage, since, default: byDefault, locked } = gate;
  return [
    {
      version: since,
      stage,
      ...(byDefault === undefined ? {} : { default: byDefault }),
      ...(locked === undefined ? {} : { locked }),
    },
  ];
}

/** Whether a spec is on by default. */
export function specDefault(spec: GateSpec, channel: Channel | undefined): boolean {
  return spec.default ?? defaultOf(spec.stage, channel);
}

/** The spec that applies: without a history the one there is, whatever version runs. */
export function runningSpec(gate: GateDeclaration, running: SemVer, channel: Channel | undefined): RunningSpec {
  const specs = specsOf(gate);
  const since = specs[0]!.version;
  const applies =
    gate.history === undefined ? specs[0] : specs.findLast(({ version }) => reached(running, versionOf(version)!));
  const { until } = gate;
  if (applies === undefined) return { stage: 'prealpha', default: false, locked: true, since, until };
  const { stage } = applies;
  const locked = applies.locked === true || stage === 'removed';
  const end = stage === 'deprecated' || stage === 'removed' ? removedIn(gate) : undefined;
  return { stage, default: specDefault(applies, channel), locked, since, until: until ?? end };
}

function removedIn({ history = [] }: GateDeclaration): string | undefined {
  return history.find(({ stage }) => stage === 'removed')?.version;
}
