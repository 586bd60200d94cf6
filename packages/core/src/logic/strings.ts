import { anyRandom, type Code, code, fold } from './code.ts';
import { lintType } from './lint.ts';
import { type Call, type Compiler, eager, type Operator, operands } from './operator.ts';
import { toNumber, toText } from './values.ts';

/** The longest text `cat` builds; a longer one is null, so that doubling in a `reduce` cannot fill the memory. */
export const MAX_TEXT: number = 1 << 20;

/** The texts of the values one after the other; null counts as empty, as in flagd's Go evaluator. */
export function concatenate(list: readonly unknown[]): string | null {
  const [only] = list;
  const values: readonly unknown[] = list.length === 1 && Array.isArray(only) ? only : list;
  let text = '';
  for (const value of values) {
    text += toText(value) ?? '';
    if (text.length > MAX_TEXT) return null;
  }
  return text;
}

function substring(values: readonly unknown[]): string {
  const text = toText(values[0]) ?? '';
  const rest = text.substr(toNumber(values[1] ?? 0));
  const length = values[2];
  if (length === undefined) return rest;
  const count = toNumber(length);
  return rest.substr(0, count < 0 ? rest.length + count : count);
}

function affix(matches: (text: string, affix: string) => boolean): (call: Call, compiler: Compiler) => Code {
  const apply = (values: readonly unknown[]): boolean | null => {
    const [text, part] = values;
    return values.length === 2 && typeof text === 'string' && typeof part === 'string' ? matches(text, part) : null;
  };
  return (call, compiler) => {
    const parts = operands(call, compiler);
    const random = anyRandom(parts);
    const [a, b] = parts;
    if (call.computed) {
      const { run } = a!;
      return code(
        (context, scope) => {
          const values = run(context, scope);
          return Array.isArray(values) ? apply(values) : null;
        },
        { boolean: true, random },
      );
    }
    if (parts.length !== 2) {
      const message = `${JSON.stringify(call.name)} has ${parts.length} operands, so it is always null`;
      compiler.warn(call.path, { code: 'always-null', message, expected: 'two texts' });
    }
    const literal = b?.value;
    if (a !== undefined && b?.constant && typeof literal === 'string' && parts.length === 2) {
      lintType(a, literal, call.path, compiler, 'the result is always null');
      const { plain, run } = a;
      const against = code(
        plain === undefined
          ? (context, scope) => {
              const value = run(context, scope);
              return typeof value === 'string' ? matches(value, literal) : null;
            }
          : (context) => {
              const value = context[plain];
              return typeof value === 'string' ? matches(value, literal) : null;
            },
        { boolean: true, random },
      );
      return fold(against, parts);
    }
    const runs = parts.map((part) => part.run);
    return fold(
      code((context, scope) => apply(runs.map((run) => run(context, scope))), { boolean: true, random }),
      parts,
    );
  };
}

const AFFIX = { arity: 'a text and a text', min: 0, max: Number.POSITIVE_INFINITY, spreads: true };

/** Operators on texts. */
export const STRING_OPERATORS: readonly Operator[] = [
  {
    name: 'cat',
    arity: 'values',
    min: 0,
    max: Number.POSITIVE_INFINITY,
    spreads: true,
    summary: 'The texts of the operands, joined; null counts as empty.',
    compile: (call, compiler) => eager(call, compiler, { apply: concatenate }),
  },
  {
    name: 'substr',
    arity: 'a text, a start, and a length',
    min: 1,
    max: 3,
    spreads: true,
    summary: 'Part of a text; a negative start counts from the end, a negative length leaves off that many at the end.',
    compile: (call, compiler) => eager(call, compiler, { apply: substring }),
  },
  {
    name: 'starts_with',
    ...AFFIX,
    summary: 'Does the text start with the other? Null unless both are texts.',
    compile: affix((text, part) => text.startsWith(part)),
  },
  {
    name: 'ends_with',
    ...AFFIX,
    summary: 'Does the text end with the other? Null unless both are texts.',
    compile: affix((text, part) => text.endsWith(part)),
  },
];
