import type { SemVer } from 'semver';
import type { GateDeclaration } from './declaration.ts';
import { type Channel, ON_IN, STABILITY } from './maturity.ts';
import { type RunningSpec, runningSpec, specsOf } from './spec.ts';
import { reached, versionOf } from './version.ts';

/** What is wrong with a gate that requires another. */
export interface PairFault {
  readonly code: 'less-stable' | 'off-by-default' | 'unlocked-requirement';
  readonly message: string;
  readonly hint?: string;
}

/** No channel first: what is wrong there is wrong for most. */
const CHANNELS: readonly (Channel | undefined)[] = [undefined, ...(Object.keys(ON_IN) as Channel[])];

/**
 * What is wrong with a gate that requires another, in every version where one of both changes, in the running one, and
 * in every channel: whoever runs the program cannot mend it. What stays wrong for several versions is told once.
 */
export function pairFaults(
  name: string,
  mine: GateDeclaration,
  other: string,
  its: GateDeclaration,
  running: SemVer | undefined,
): readonly PairFault[] {
  const ever = mine.history === undefined && its.history === undefined;
  const faults: PairFault[] = [];
  let before: PairFault | undefined;
  for (const version of turningPoints(mine, its, running)) {
    const at = (gate: GateDeclaration) => (channel: Channel | undefined) => runningSpec(gate, version, channel);
    const fault = faultAt(name, at(mine), other, at(its));
    if (fault !== undefined && fault.code !== before?.code) {
      faults.push(ever ? fault : { ...fault, message: `in ${version.major}.${version.minor} ${fault.message}` });
    }
    before = fault;
  }
  return faults;
}

/** Versions where one of two gates changes, oldest first. One without a history asks for nothing before its `since`. */
function turningPoints(mine: GateDeclaration, its: GateDeclaration, running: SemVer | undefined): readonly SemVer[] {
  const begin = versionOf(specsOf(mine)[0]!.version)!;
  const turns = [mine, its]
    .flatMap(({ history = [] }) => history.map(({ version }) => versionOf(version)!))
    .filter((version) => reached(version, begin));
  return [begin, ...turns, ...(running === undefined ? [] : [running])].sort((one, two) => one.compareMain(two));
}

type SpecIn = (channel: Channel | undefined) => RunningSpec;

function faultAt(name: string, mine: SpecIn, other: string, its: SpecIn): PairFault | undefined {
  const [{ stage, locked }, required] = [mine(undefined), its(undefined)];
  // it is off, whatever is set
  if (stage === 'prealpha') return undefined;
  if (STABILITY[required.stage] < STABILITY[stage]) {
    const message = `${name} is ${stage} and cannot require ${other}, which is ${required.stage}`;
    return { code: 'less-stable', message };
  }
  const on = CHANNELS.filter((channel) => mine(channel).default);
  const off = on.filter((channel) => !its(channel).default);
  if (off.length > 0) {
    const all = off[0] === undefined;
    const where = all ? '' : ` in the channel${off.length === 1 ? '' : 's'} ${off.join(' and ')}`;
    const message = `${name} is on by default${where} and requires ${other}, which is not`;
    const code = 'off-by-default';
    return all ? { code, message } : { code, message, hint: 'give both a default, or neither' };
  }
  if (on.length > 0 && locked && !required.locked) {
    const message = `${name} is locked on and requires ${other}, which can be switched off`;
    return { code: 'unlocked-requirement', message };
  }
  return undefined;
}
