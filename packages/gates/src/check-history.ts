import { isRecord, type Path, preview } from '@flagwright/core';
import { checkSpec } from './check-spec.ts';
import type { Findings, Newest } from './findings.ts';
import { type Maturity, STABILITY } from './maturity.ts';
import { isMajorMinor, reached, versionOf } from './version.ts';

interface Seen {
  readonly version: string;
  readonly stage: Maturity;
  readonly default: boolean | undefined;
  readonly locked: boolean;
}

/** The rules of Kubernetes for versioned specs: forward in time, never back in stage, and nothing is unlocked again. */
export function checkHistory(
  name: string,
  gate: Readonly<Record<string, unknown>>,
  findings: Findings,
): Newest | undefined {
  const { error } = findings;
  const path = [name, 'history'];
  const { history } = gate;
  if (!Array.isArray(history) || history.length === 0) {
    error(path, 'no-history', `history is ${preview(history)}`, {
      expected: 'a list of { version, stage }, oldest first',
    });
    return undefined;
  }
  const seen: (Seen | undefined)[] = (history as readonly unknown[]).map((entry, i) =>
    readEntry([...path, i], entry, findings),
  );
  // an entry that cannot be read has no neighbours to be compared with; steps that are wrong are all told
  const steps = seen.map((spec, i) => {
    if (spec === undefined || (i > 0 && seen[i - 1] === undefined)) return true;
    return checkStep([...path, i], seen[i - 1], spec, findings);
  });
  const read = seen.filter((spec) => spec !== undefined);
  if (read.length < seen.length) return undefined;
  checkAgreement(name, gate, read, findings);
  if (steps.includes(false)) return undefined;
  const newest = read.at(-1)!;
  return {
    stage: newest.stage,
    default: newest.default,
    since: read[0]!.version,
    stages: new Set(read.map(({ stage }) => stage)),
    end: read.find(({ stage }) => stage === 'deprecated' || stage === 'removed'),
  };
}

function readEntry(at: Path, entry: unknown, findings: Findings): Seen | undefined {
  const { error } = findings;
  if (!isRecord(entry)) {
    error(at, 'not-a-spec', `${preview(entry)} is no spec`, { expected: 'a map of version, stage, default, locked' });
    return undefined;
  }
  let sound = true;
  for (const field of Object.keys(entry)) {
    if (['version', 'stage', 'default', 'locked'].includes(field)) continue;
    error([...at, field], 'unknown-field', `there is no field ${preview(field)} in a spec`);
    sound = false;
  }
  const { version } = entry;
  if (typeof version !== 'string' || !isMajorMinor(version)) {
    error([...at, 'version'], 'no-version', `version is ${preview(version)}`, {
      expected: 'major and minor, as "0.3": patches bring no features',
    });
    sound = false;
  }
  if (!checkSpec(at, entry, findings) || !sound) return undefined;
  return {
    version: version as string,
    stage: entry.stage as Maturity,
    default: entry.default as boolean | undefined,
    locked: entry.locked === true || entry.stage === 'removed',
  };
}

/** One step from an older spec to a newer one. */
function checkStep(
  at: readonly (string | number)[],
  before: Seen | undefined,
  now: Seen,
  { error }: Findings,
): boolean {
  const wrong = (code: string, message: string): boolean => {
    error(at, code, message);
    return false;
  };
  if (before === undefined) {
    return now.stage === 'deprecated' || now.stage === 'removed'
      ? wrong('begins-at-the-end', `a gate cannot begin as ${now.stage}`)
      : true;
  }
  const [from, to] = [versionOf(before.version)!, versionOf(now.version)!];
  if (reached(from, to)) return wrong('not-later', `version ${now.version} is not later than ${before.version}`);
  if (before.stage === 'removed') return wrong('after-removal', 'nothing comes after removed');
  if (before.stage === 'deprecated' && now.stage !== 'removed' && now.stage !== 'deprecated') {
    return wrong('resurrected', `a deprecated gate cannot become ${now.stage} again; declare a new gate`);
  }
  if (now.stage !== 'deprecated' && now.stage !== 'removed' && STABILITY[now.stage] < STABILITY[before.stage]) {
    return wrong('regress', `a gate cannot go back from ${before.stage} to ${now.stage}`);
  }
  if (before.locked && !now.locked) return wrong('unlocked', 'a locked gate cannot be unlocked');
  if (before.stage === now.stage && before.default === now.default && before.locked === now.locked) {
    return wrong('no-change', `nothing changes from ${before.version} to ${now.version}`);
  }
  return true;
}

/** What stands beside a history must be what the history says. */
function checkAgreement(
  name: string,
  gate: Readonly<Record<string, unknown>>,
  seen: readonly Seen[],
  { error }: Findings,
): void {
  const newest = seen.at(-1)!;
  for (const field of ['stage', 'default', 'locked'] as const) {
    const said = gate[field];
    if (said === undefined || said === (newest[field] ?? false)) continue;
    error([name, field], 'not-as-history', `${field} is ${preview(said)}, but the newest entry of history says other`, {
      expected: 'the same, or only in history',
    });
  }
  const first = versionOf(seen[0]!.version)!;
  const since = gate.since === undefined ? undefined : versionOf(gate.since);
  if (gate.since !== undefined && (since?.major !== first.major || since.minor !== first.minor)) {
    error(
      [name, 'since'],
      'not-as-history',
      `since is ${preview(gate.since)}, but history begins at ${seen[0]!.version}`,
    );
  }
}
