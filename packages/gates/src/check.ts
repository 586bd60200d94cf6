import { type Issue, isRecord, oneOf, preview, suggest } from '@flagwright/core';
import type { SemVer } from 'semver';
import { checkHistory } from './check-history.ts';
import { checkRequires } from './check-requires.ts';
import { checkSpec } from './check-spec.ts';
import type { GateDeclaration } from './declaration.ts';
import type { Findings, Newest } from './findings.ts';
import type { Maturity } from './maturity.ts';
import { badName, fold } from './names.ts';
import { released, versionOf } from './version.ts';

const FIELDS: readonly string[] = [
  'stage',
  'default',
  'owner',
  'description',
  'since',
  'until',
  'locked',
  'requires',
  'replacement',
  'proposal',
  'history',
];

/** Everything that is wrong or doubtful in the declarations of a program, and in the version that runs, each with its path. */
export function checkDeclarations(declarations: unknown, running?: SemVer): readonly Issue[] {
  const issues: Issue[] = [];
  const findings: Findings = {
    error: (path, code, message, more = {}) => issues.push({ severity: 'error', code, path, message, ...more }),
    warning: (path, code, message, hint) => issues.push({ severity: 'warning', code, path, message, hint }),
  };
  if (!isRecord(declarations)) {
    findings.error([], 'not-gates', `${preview(declarations)} declares no gates`, {
      expected: 'a map of names to declarations',
    });
    return issues;
  }
  checkNames(Object.keys(declarations), findings);
  const sound = new Map<string, GateDeclaration>();
  for (const [name, declaration] of Object.entries(declarations)) {
    if (checkGate(name, declaration, findings)) sound.set(name, declaration as GateDeclaration);
  }
  checkRequires(declarations, sound, running, findings);
  return issues;
}

function checkNames(names: readonly string[], { error }: Findings): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const why = badName(name);
    if (why !== undefined) {
      error([name], 'bad-name', `${preview(name)} is no name for a gate: ${why}`);
      continue;
    }
    const first = seen.get(fold(name));
    if (first === undefined) seen.set(fold(name), name);
    else {
      error([name], 'same-name', `${name} and ${first} are one name for whoever types it`, {
        hint: 'names that differ only in letter case, -, _ and . share their variable',
      });
    }
  }
}

/** Whether its specs can be read: then they can be compared with those of other gates, whatever else is wrong. */
function checkGate(name: string, gate: unknown, findings: Findings): boolean {
  const { error, warning } = findings;
  if (!isRecord(gate)) {
    error([name], 'not-a-gate', `${preview(gate)} is no declaration`, { expected: `a map of ${oneOf(FIELDS)}` });
    return false;
  }
  for (const field of Object.keys(gate)) {
    if (FIELDS.includes(field)) continue;
    const near = suggest(field, FIELDS);
    error([name, field], 'unknown-field', `there is no field ${preview(field)}`, {
      expected: oneOf(FIELDS),
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
    });
  }
  for (const field of ['owner', 'description'] as const) {
    const value = gate[field];
    if (typeof value === 'string' && value.trim() !== '') continue;
    error([name, field], `no-${field}`, `${field} is ${preview(value)}`, {
      expected: field === 'owner' ? 'who answers for the gate, as "@platform"' : 'what the gate does',
    });
  }
  for (const field of ['replacement', 'proposal'] as const) {
    if (gate[field] !== undefined && typeof gate[field] !== 'string') {
      error([name, field], 'wrong-type', `${field} is ${preview(gate[field])}`, { expected: 'text' });
    }
  }
  const good = gate.history === undefined ? checkPlain(name, gate, findings) : checkHistory(name, gate, findings);
  checkUntil(name, gate, good ?? { since: beginOf(gate) }, findings);
  if (good === undefined) return false;
  if (good.stage === 'alpha' && good.default === true) {
    warning([name, 'default'], 'alpha-on', 'an alpha gate is on by default', 'leave it off until it is beta');
  }
  return true;
}

function checkPlain(name: string, gate: Readonly<Record<string, unknown>>, findings: Findings): Newest | undefined {
  const sound = checkSpec([name], gate, findings);
  const { since } = gate;
  if (versionOf(since) === undefined) {
    findings.error([name, 'since'], 'no-version', `since is ${preview(since)}`, {
      expected: 'a version, as "0.3.0", "v0.3.0" or "0.3"',
    });
    return undefined;
  }
  if (!sound) return undefined;
  const stage = gate.stage as Maturity;
  return {
    stage,
    default: gate.default as boolean | undefined,
    since: since as string,
    stages: new Set([stage]),
  };
}

/** The version a gate begins with, whatever else is wrong with it. */
function beginOf({ since, history }: Readonly<Record<string, unknown>>): string | undefined {
  const first: unknown = Array.isArray(history) ? history[0] : undefined;
  const version = history === undefined ? since : isRecord(first) ? first.version : undefined;
  return versionOf(version) === undefined ? undefined : (version as string);
}

/** What can be said of `until` by what is known of the rest. */
function checkUntil(
  name: string,
  { until }: Readonly<Record<string, unknown>>,
  { since, stages, end: ending }: Pick<Newest, 'end'> & { readonly [K in 'since' | 'stages']?: Newest[K] | undefined },
  { error, warning }: Findings,
): void {
  if (until === undefined) return;
  const path = [name, 'until'];
  const end = versionOf(until);
  if (end === undefined) {
    error(path, 'no-version', `until is ${preview(until)}`, { expected: 'a version, as "0.9.0", "v0.9.0" or "0.9"' });
    return;
  }
  if (since !== undefined && released(versionOf(since)!, end)) {
    error(path, 'until-before-since', `until is ${until}, and since ${since}`, { expected: `later than ${since}` });
  } else if (ending?.stage === 'deprecated' && released(versionOf(ending.version)!, end)) {
    const message = `until is ${until}, and the gate is deprecated in ${ending.version}`;
    error(path, 'until-before-end', message, { expected: `later than ${ending.version}` });
  } else if (ending?.stage === 'removed' && !released(end, versionOf(ending.version)!)) {
    const message = `until is ${until}, and the gate is removed in ${ending.version}`;
    error(path, 'until-before-end', message, { expected: `${ending.version}, or later` });
  }
  if (stages !== undefined && !stages.has('deprecated') && !stages.has('removed')) {
    const hint = 'a gate that graduates stays; leave until out';
    warning(path, 'until-without-end', 'only a deprecated or removed gate has an until', hint);
  }
}
