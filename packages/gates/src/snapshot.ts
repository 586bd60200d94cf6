import { FlagError, formatIssue, type Issue, isRecord, oneOf, type Path, preview } from '@flagwright/core';
import type { Gates } from './gates.ts';
import { checkGatesGiven } from './given-gates.ts';
import { MATURITIES, type Stage } from './maturity.ts';
import { badName } from './names.ts';
import { printable } from './printable.ts';
import { versionOf } from './version.ts';

/** One gate as it was when the snapshot was made. */
export interface SnapshotGate {
  readonly enabled: boolean;
  readonly stage: Stage;
  readonly since: string;
  readonly until?: string;
}

/** What an artifact asks of the program that uses it, as `build.versionRequirements` in packages of Zarf. */
export interface VersionRequirement {
  /** The least version that will do. */
  readonly version: string;
  readonly reason?: string;
}

/** The gates of a program at one time, to be kept beside what it made: plain JSON, the gates that are off included. */
export interface GatesSnapshot {
  readonly schemaVersion: 1;
  readonly program: string;
  readonly version: string;
  /** By name, sorted. */
  readonly gates: Readonly<Record<string, SnapshotGate>>;
  readonly requires?: readonly VersionRequirement[];
}

export interface SnapshotOptions {
  /** Versions of this program that are needed to use what the snapshot lies beside. */
  readonly requires?: readonly VersionRequirement[] | undefined;
}

/** Longer text is no snapshot. */
const MAX_TEXT = 2 ** 20;
const MAX_GATES = 10_000;
const MAX_REASON = 500;
const STAGES: readonly Stage[] = ['prealpha', ...MATURITIES];

/**
 * Every gate as it stands, on or off, with the version it stands in. The same gates give the same text in JSON.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` for a requirement that is no version, and for what is no gates.
 */
export function snapshot(gates: Gates, { requires }: SnapshotOptions = {}): GatesSnapshot {
  checkGatesGiven(gates);
  const { program, version } = gates.program;
  const issues: Issue[] = [];
  const required = requires === undefined ? [] : checkRequirements(requires, issues);
  if (issues.length > 0) throw wrong('INVALID_ARGUMENT', `a snapshot of ${program} cannot require that`, issues);
  const entries = gates.list().map(({ name, enabled, stage, since, until }) => {
    const gate: SnapshotGate = { enabled, stage, since, ...(until === undefined ? {} : { until }) };
    return [name, gate] as const;
  });
  return {
    schemaVersion: 1,
    program,
    version,
    gates: Object.fromEntries(entries),
    ...(required.length === 0 ? {} : { requires: required }),
  };
}

/**
 * A snapshot read back, from its text or the value that was in it. Unknown fields are left out.
 *
 * Throws `FlagError('PARSE_ERROR')` with everything that is wrong, `TOO_LARGE`, and `UNSUPPORTED` for one that a later
 * version of this library made in a form of its own.
 */
export function parseSnapshot(input: unknown): GatesSnapshot {
  const value = typeof input === 'string' ? parsed(input) : input;
  if (!isRecord(value)) throw wrong('PARSE_ERROR', `${preview(value)} is no snapshot of feature gates`);
  const { schemaVersion } = value;
  if (typeof schemaVersion === 'number' && Number.isInteger(schemaVersion) && schemaVersion > 1) {
    throw wrong(
      'UNSUPPORTED',
      `the snapshot has schemaVersion ${schemaVersion}, and this version of @flagwright/gates reads 1; update it`,
    );
  }
  const issues: Issue[] = [];
  if (schemaVersion !== 1) report(issues, ['schemaVersion'], `schemaVersion is ${preview(schemaVersion)}`, '1');
  const program = checked(issues, value, [], 'program', (text) => text !== '' && text.length <= 64, 'a name');
  const version = checked(issues, value, [], 'version', isVersion, 'a version, as "1.2.3"');
  const gates = readGates(value.gates, issues);
  const requires = value.requires === undefined ? [] : checkRequirements(value.requires, issues);
  if (issues.length > 0) throw wrong('PARSE_ERROR', 'this is no snapshot of feature gates', issues);
  return { schemaVersion: 1, program, version, gates, ...(requires.length === 0 ? {} : { requires }) };
}

function parsed(text: string): unknown {
  if (text.length > MAX_TEXT) throw wrong('TOO_LARGE', `a snapshot has at most ${MAX_TEXT} characters`);
  const json = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    const { message } = cause as SyntaxError;
    const [before, at] = /^(?<why>.*) in JSON at position (?<at>\d+)/su.exec(message)?.slice(1) ?? [];
    const lines = json.slice(0, Number(at ?? json.length)).split('\n');
    const where = `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
    const why = `the snapshot of feature gates is no JSON: ${printable(before ?? message)} in ${where}`;
    throw new FlagError('PARSE_ERROR', why, { cause });
  }
}

function readGates(gates: unknown, issues: Issue[]): GatesSnapshot['gates'] {
  if (!isRecord(gates)) {
    report(issues, ['gates'], `gates is ${preview(gates)}`, 'a map of names to gates');
    return {};
  }
  const names = Object.keys(gates);
  if (names.length > MAX_GATES) throw wrong('TOO_LARGE', `a snapshot has at most ${MAX_GATES} gates`);
  return Object.fromEntries(
    names.sort().map((name) => {
      const why = badName(name);
      if (why !== undefined) report(issues, ['gates', name], `${preview(name)} is no name for a gate: ${why}`);
      return [name, readGate(gates[name], ['gates', name], issues)];
    }),
  );
}

function readGate(gate: unknown, path: Path, issues: Issue[]): SnapshotGate {
  if (!isRecord(gate)) {
    report(issues, path, `${preview(gate)} is no gate`, 'enabled, stage and since');
    return { enabled: false, stage: 'alpha', since: '' };
  }
  if (typeof gate.enabled !== 'boolean') {
    report(issues, [...path, 'enabled'], `enabled is ${preview(gate.enabled)}`, 'true or false');
  }
  const isStage = (text: string): boolean => STAGES.includes(text as Stage);
  const stage = checked(issues, gate, path, 'stage', isStage, oneOf(STAGES)) as Stage;
  const since = checked(issues, gate, path, 'since', isVersion, 'a version');
  const until = gate.until === undefined ? undefined : checked(issues, gate, path, 'until', isVersion, 'a version');
  return { enabled: gate.enabled === true, stage, since, ...(until === undefined ? {} : { until }) };
}

function checkRequirements(requires: unknown, issues: Issue[]): readonly VersionRequirement[] {
  if (!Array.isArray(requires) || requires.length > 100) {
    report(issues, ['requires'], `requires is ${preview(requires)}`, 'a list of at most 100 { version, reason }');
    return [];
  }
  return requires.map((requirement: unknown, i) => {
    const path = ['requires', i];
    const fields = isRecord(requirement) ? requirement : {};
    const version = checked(issues, fields, path, 'version', isVersion, 'a version, as "1.2.3"');
    if (fields.reason === undefined) return { version };
    const short = (text: string): boolean => text.length <= MAX_REASON;
    return { version, reason: checked(issues, fields, path, 'reason', short, `at most ${MAX_REASON} characters`) };
  });
}

const isVersion = (text: string): boolean => versionOf(text) !== undefined;

/** A field that is text, and good; what is not is told, and is nothing. */
function checked(
  issues: Issue[],
  of: Readonly<Record<string, unknown>>,
  path: Path,
  field: string,
  good: (text: string) => boolean,
  expected: string,
): string {
  const value = of[field];
  if (typeof value === 'string' && good(value)) return value;
  report(issues, [...path, field], `${field} is ${preview(value)}`, expected);
  return '';
}

function report(issues: Issue[], path: Path, message: string, expected?: string): void {
  issues.push({
    severity: 'error',
    code: 'not-a-snapshot',
    path,
    message,
    ...(expected === undefined ? {} : { expected }),
  });
}

/** So many lines tell enough. */
const SHOWN = 20;

function wrong(
  code: 'PARSE_ERROR' | 'TOO_LARGE' | 'UNSUPPORTED' | 'INVALID_ARGUMENT',
  what: string,
  issues: readonly Issue[] = [],
): FlagError {
  const lines = issues.slice(0, SHOWN).map((issue) => `  ${printable(formatIssue(issue))}`);
  const more = issues.length > SHOWN ? [`  and ${issues.length - SHOWN} more`] : [];
  return new FlagError(code, issues.length === 0 ? what : [`${what}:`, ...lines, ...more].join('\n'), { issues });
}
