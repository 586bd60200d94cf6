import type { SemVer } from 'semver';
import { preview } from '../issue.ts';
import { anyRandom, type Code, code, constant } from './code.ts';
import type { Expression } from './env.ts';
import type { Call, Compiler } from './operator.ts';
import { parseVersion } from './version.ts';

/**
 * `{">=": [{"var": "appVersion"}, "2.5.0"]}` where the attribute is declared a version: by SemVer precedence, where
 * JSON Logic compares the texts and finds "10.0.0" below "2.5.0" (T32). What is not a version compares false.
 */

const HOLDS: Readonly<Record<string, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '==': (order) => order === 0,
  '===': (order) => order === 0,
  '!=': (order) => order !== 0,
  '!==': (order) => order !== 0,
};

type Version = (...inputs: Parameters<Expression>) => SemVer | null;

function isVersionAttribute(part: Code, compiler: Compiler): boolean {
  return part.variable !== undefined && compiler.env.attributeType(part.variable) === 'version';
}

function versionOf(part: Code, call: Call, compiler: Compiler): Version {
  if (!part.constant) {
    const { run } = part;
    return (context, scope) => parseVersion(run(context, scope));
  }
  const version = parseVersion(part.value);
  if (version === null) {
    compiler.warn(call.path, {
      code: 'not-a-version',
      message: `${preview(part.value)} is not a version, so the comparison is never true`,
      expected: 'a version such as "2.5.0"',
    });
  }
  return () => version;
}

/** The comparison by version precedence; undefined if no operand is an attribute declared a version. */
export function versionComparison(call: Call, parts: readonly Code[], compiler: Compiler): Code | undefined {
  if (!parts.some((part) => isVersionAttribute(part, compiler))) return undefined;
  // a test for presence or truth, not for a version
  if (parts.some((part) => part.constant && (part.value === null || typeof part.value === 'boolean'))) return undefined;
  const versions = parts.map((part) => versionOf(part, call, compiler));
  if (parts.some((part) => part.constant && parseVersion(part.value) === null)) return constant(false);
  const holds = HOLDS[call.name]!;
  const run: Expression = (context, scope) => {
    let previous = versions[0]!(context, scope);
    for (let i = 1; i < versions.length; i++) {
      const current = versions[i]!(context, scope);
      if (previous === null || current === null || !holds(previous.compare(current))) return false;
      previous = current;
    }
    return true;
  };
  return code(run, { boolean: true, random: anyRandom(parts) });
}
