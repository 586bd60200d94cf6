import type { SemVer } from 'semver';
import { preview } from '../issue.ts';
import { anyRandom, type Code, code, constant, fold } from './code.ts';
import { type Call, type Compiler, type Operator, operands } from './operator.ts';
import { toText } from './values.ts';
import { parseVersion } from './version.ts';

/** flagd's comparisons; `^` is the same major, `~` the same major and minor — not npm's ranges. */
const COMPARE: Readonly<Record<string, (a: SemVer, b: SemVer) => boolean>> = {
  '=': (a, b) => a.compare(b) === 0,
  '!=': (a, b) => a.compare(b) !== 0,
  '<': (a, b) => a.compare(b) < 0,
  '<=': (a, b) => a.compare(b) <= 0,
  '>': (a, b) => a.compare(b) > 0,
  '>=': (a, b) => a.compare(b) >= 0,
  '^': (a, b) => a.major === b.major,
  '~': (a, b) => a.major === b.major && a.minor === b.minor,
};

function operatorOf(value: unknown): ((a: SemVer, b: SemVer) => boolean) | undefined {
  const name = toText(value);
  return name !== undefined && Object.hasOwn(COMPARE, name) ? COMPARE[name] : undefined;
}

function semVer(values: readonly unknown[]): boolean | null {
  if (values.length !== 3) return null;
  const a = parseVersion(values[0]);
  const compare = operatorOf(values[1]);
  const b = parseVersion(values[2]);
  return a === null || b === null || compare === undefined ? null : compare(a, b);
}

function never(call: Call, compiler: Compiler, message: string, expected: string): Code {
  compiler.warn(call.path, { code: 'always-null', message: `${message}, so "sem_ver" is always null`, expected });
  return constant(null);
}

function compileSemVer(call: Call, compiler: Compiler): Code {
  const parts = operands(call, compiler);
  const random = anyRandom(parts);
  if (call.computed) {
    const { run } = parts[0]!;
    return code(
      (context, scope) => {
        const values = run(context, scope);
        return Array.isArray(values) ? semVer(values) : null;
      },
      { boolean: true, random },
    );
  }
  const [a, operator, b] = parts;
  if (a === undefined || operator === undefined || b === undefined || parts.length !== 3) {
    return never(call, compiler, `there are ${parts.length} operands`, 'a version, an operator and a version');
  }
  const compare = operatorOf(operator.value);
  if (operator.constant && compare === undefined) {
    return never(
      call,
      compiler,
      `${preview(operator.value)} is not one of its operators`,
      Object.keys(COMPARE).join(' '),
    );
  }
  for (const part of [a, b]) {
    if (!part.constant || parseVersion(part.value) !== null) continue;
    return never(call, compiler, `${preview(part.value)} is not a version`, 'a version such as "2.5.0"');
  }
  const { run } = a;
  if (b.constant && compare !== undefined) {
    const version = parseVersion(b.value)!;
    const against = code(
      (context, scope) => {
        const found = parseVersion(run(context, scope));
        return found === null ? null : compare(found, version);
      },
      { boolean: true, random },
    );
    return fold(against, parts);
  }
  const runs = parts.map((part) => part.run);
  return code((context, scope) => semVer(runs.map((each) => each(context, scope))), { boolean: true, random });
}

/** flagd's version comparison. */
export const SEM_VER: Operator = {
  name: 'sem_ver',
  arity: 'a version, one of = != < <= > >= ^ ~, and a version',
  min: 0,
  max: Number.POSITIVE_INFINITY,
  spreads: true,
  summary:
    'Compares versions as flagd does: ^ is the same major, ~ the same major and minor; null if either is no version.',
  compile: compileSemVer,
};
