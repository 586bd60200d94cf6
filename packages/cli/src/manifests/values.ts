import { type Issue, isRecord, type Path } from '@flagwright/core';
import { brokenText, targetingOf } from '@flagwright/server/model';
import type { FileManifest } from './manifest.ts';

/** More are not told of one manifest. */
const MOST = 20;

const EXACT = `a whole number from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`;

/**
 * Values of a manifest that a server cannot keep as they are written: texts with NUL or half of a surrogate pair; what is no
 * number of JSON (`.inf`, `.nan`, 1e999); and whole numbers so large that their digits change, or may, which are wrong as
 * values of INTEGER flags, and doubtful elsewhere.
 */
export function valueIssues(of: FileManifest): readonly Issue[] {
  const { kind, manifest } = of;
  const issues: Issue[] = [];
  const spec = isRecord(manifest.spec) ? manifest.spec : {};
  const isInteger = kind === 'FeatureFlag' && spec.type === 'INTEGER';
  const lookAtText = (text: string, path: Path, where: string): void => {
    const what = brokenText(text);
    if (what !== undefined) issues.push({ ...BROKEN, path, message: `${what}${where} cannot be stored` });
  };
  const look = (value: unknown, path: Path): void => {
    if (issues.length >= MOST) return;
    if (typeof value === 'string') lookAtText(value, path, '');
    if (typeof value === 'number') {
      const issue = issueOf(value, path, isInteger && path[1] === 'variants');
      if (issue !== undefined && (issue.severity === 'error' || !isExact(value, writtenAt(of, path))))
        issues.push(issue);
    } else if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) look(item, [...path, i]);
    } else if (isRecord(value)) {
      for (const [name, member] of Object.entries(value)) {
        lookAtText(name, [...path, name], ' in a name');
        look(member, [...path, name]);
      }
    }
  };
  look(manifest, []);
  const { targeting } = spec;
  if (typeof targeting === 'string') look(targetingOf({ targeting }).spec.targeting, ['spec', 'targeting']);
  return issues;
}

const BROKEN = {
  severity: 'error',
  code: 'not-storable',
  expected: 'text that is Unicode without NUL',
} as const;

function issueOf(value: number, path: Path, isOfInteger: boolean): Issue | undefined {
  if (!Number.isFinite(value)) {
    return { severity: 'error', code: 'not-json', path, message: `${value} is not JSON`, expected: 'a finite number' };
  }
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return undefined;
  const message = `the number is read as ${value}: whole numbers beyond 2^53 are not exact`;
  return isOfInteger
    ? { severity: 'error', code: 'inexact-number', path, message, expected: EXACT }
    : { severity: 'warning', code: 'inexact-number', path, message, hint: 'a text keeps all digits' };
}

/** A number as it is written at a path; undefined if that is not known. */
function writtenAt({ locate, lineFrom }: FileManifest, path: Path): string | undefined {
  const place = locate(path);
  const rest = place === undefined ? undefined : lineFrom?.(place);
  return /^[-+]?\d{1,400}(?:\.\d{1,400})?(?:e\+?\d{1,3})?(?![\w.])/i.exec(rest ?? '')?.[0];
}

/** Whether a whole number is what is written, to the last digit. */
function isExact(value: number, written: string | undefined): boolean {
  if (written === undefined || Number(written) !== value) return false;
  const { sign, whole, fraction, exponent } =
    /^(?<sign>[-+]?)(?<whole>\d+)(?:\.(?<fraction>\d+))?(?:e(?<exponent>.+))?$/i.exec(written)!.groups!;
  const digits = `${whole}${fraction ?? ''}`.replace(/0+$/, '');
  const zeros = Number(exponent ?? 0) + whole!.length - digits.length;
  return zeros >= 0 && BigInt(`${sign === '-' ? '-' : ''}${digits}${'0'.repeat(zeros)}`) === BigInt(value);
}
