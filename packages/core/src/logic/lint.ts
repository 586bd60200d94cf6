import { type Path, preview } from '../issue.ts';
import type { Code } from './code.ts';
import type { Compiler } from './operator.ts';
import { isAtMost, isLess } from './values.ts';

/** Warnings about expressions that are right by JSON Logic's rules and probably not what was meant. */

const BUILT_IN = new Set(['targetingKey']);

/** The declared type of an attribute; for `user.age` without one of its own, nothing is known below a declared `user`. */
function declaredType(name: string, compiler: Compiler): string | undefined {
  const exact = compiler.env.attributeType(name);
  if (exact !== undefined) return exact;
  const dot = name.indexOf('.');
  return dot > 0 && compiler.env.attributeType(name.slice(0, dot)) !== undefined ? 'unknown' : undefined;
}

/** Notes that the result depends on an attribute; warns if attributes are declared and this one is not. */
export function lintVariable(name: string, path: Path, compiler: Compiler): void {
  const { env } = compiler;
  env.use(`attribute:${name}`);
  const dot = name.indexOf('.');
  if (dot > 0) env.use(`attribute:${name.slice(0, dot)}`);
  if (env.declared !== true || BUILT_IN.has(name) || declaredType(name, compiler) !== undefined) return;
  compiler.warn(path, {
    code: 'undeclared-attribute',
    message: `the attribute ${preview(name)} is not declared`,
    hint: 'declare it, or correct its name; absent attributes are null',
  });
}

const JSON_TYPE: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  string: 'string',
  version: 'string',
  date: 'string',
  number: 'number',
  integer: 'number',
  list: 'object',
  object: 'object',
};

/** Warns if a literal cannot be of the type of its attribute: coercion decides then (T35). */
export function lintType(variable: Code, literal: unknown, path: Path, compiler: Compiler, effect: string): void {
  if (variable.variable === undefined || literal === null) return;
  const type = compiler.env.attributeType(variable.variable);
  const expected = type === undefined ? undefined : JSON_TYPE[type];
  if (expected === undefined || expected === typeof literal) return;
  compiler.warn(path, {
    code: 'type-mismatch',
    message: `${preview(variable.variable)} is of the type ${type} and meets the ${typeof literal} ${preview(literal)}: ${effect}`,
    expected: `a ${expected === 'object' ? type : expected}`,
  });
}

const VERSION_LIKE = /^[vV]?\d+(\.\d+){1,2}([-+][\w.+-]*)?$/;

/** Warns about an ordering of attributes that absence, or comparison as text, would surprise (T32, T36). */
export function lintOrdering(operator: string, parts: readonly Code[], path: Path, compiler: Compiler): void {
  const variables = parts.filter((part) => part.variable !== undefined && !part.variable.startsWith('$flagd'));
  for (const { variable } of variables) {
    if (declaredType(variable!, compiler) !== undefined) continue;
    const literal = parts.find(
      (part) => part.constant && typeof part.value === 'string' && VERSION_LIKE.test(part.value),
    );
    if (literal !== undefined) {
      compiler.warn(path, {
        code: 'version-as-text',
        message: `${preview(variable)} and ${preview(literal.value)} are compared as text: "10.0.0" comes before "9.0.0"`,
        hint: `declare the attribute with type version, or write {"sem_ver":[{"var":${JSON.stringify(variable)}},${JSON.stringify(operator)},${JSON.stringify(literal.value)}]}`,
      });
    } else if (compiler.env.declared === true && trueOfNothing(operator, parts)) {
      compiler.warn(path, {
        code: 'absent-is-null',
        message: `this is true when ${preview(variable)} is absent, because null orders as 0`,
        hint: `test for it first: {"and":[{"!!":[{"var":${JSON.stringify(variable)}}]}, …]}`,
      });
    }
  }
}

/** Would the comparison hold with every attribute absent? Only told for attributes against literals. */
function trueOfNothing(operator: string, parts: readonly Code[]): boolean {
  if (!parts.every((part) => part.constant || part.variable !== undefined)) return false;
  const values = parts.map((part) => (part.variable === undefined ? part.value : null));
  const compare = operator.endsWith('=') ? isAtMost : isLess;
  return values.every((value, i) => {
    if (i === 0) return true;
    return operator.startsWith('<') ? compare(values[i - 1], value) : compare(value, values[i - 1]);
  });
}
