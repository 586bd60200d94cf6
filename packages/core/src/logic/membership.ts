import { type Code, code, fold } from './code.ts';
import { lintType } from './lint.ts';
import { type Call, type Compiler, eager, type Operator } from './operator.ts';
import { contains } from './values.ts';

type Scalar = string | number | boolean | null;

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The list an `in` looks into, if it is written out; undefined if it is computed. */
function literalList(call: Call, compiler: Compiler): ReadonlySet<unknown> | 'too-large' | undefined {
  const at = call.at(1);
  return compiler.deref<ReadonlySet<unknown> | 'too-large' | undefined>(call.args[1], at, undefined, (raw) => {
    if (!Array.isArray(raw)) return undefined;
    // counted before it is looked through: a sparse list of 2^32 places is short to write
    if (raw.length > 0 && !compiler.countMembers(raw, at)) return 'too-large';
    return raw.every(isScalar) ? new Set(raw) : undefined;
  });
}

/** Membership in a literal list: one comparison each for a few members, else a Set; both are `includes`. */
function member(item: Code, members: ReadonlySet<unknown>): Code {
  const { plain, run, random } = item;
  const [a, b, c] = members;
  const few = members.size > 0 && members.size <= 3 && !members.has(Number.NaN);
  const has = few
    ? (value: unknown): boolean => value === a || (members.size > 1 && value === b) || (members.size > 2 && value === c)
    : (value: unknown): boolean => members.has(value);
  const result =
    plain === undefined
      ? code((context, scope) => has(run(context, scope)), { boolean: true, random })
      : code(
          (context) => {
            const value = context[plain];
            return has(value === undefined || typeof value === 'function' ? null : value);
          },
          { boolean: true, random },
        );
  return fold(result, [item]);
}

function compileIn(call: Call, compiler: Compiler): Code {
  if (call.args.length === 2) {
    const members = literalList(call, compiler);
    if (members !== undefined) {
      const item = compiler.compile(call.args[0], call.at(0));
      if (members === 'too-large') return item;
      lintMembers(item, members, call, compiler);
      return member(item, members);
    }
  }
  return eager(call, compiler, {
    apply: (values) => contains(values[1], values[0]),
    special: ([item, list]) => {
      if (item === undefined || list === undefined) return undefined;
      lintType(list, '', call.path, compiler, 'a text is found only in a text or a list');
      return (context, scope) => contains(list.run(context, scope), item.run(context, scope));
    },
    boolean: true,
  });
}

function lintMembers(item: Code, members: ReadonlySet<unknown>, call: Call, compiler: Compiler): void {
  const odd = [...members].find((value) => value !== null);
  for (const value of members) {
    if (value === null || typeof value === typeof odd) continue;
    lintType(item, value, call.path, compiler, '"in" does not convert, so it never matches');
    return;
  }
  if (odd !== undefined) lintType(item, odd, call.path, compiler, '"in" does not convert, so it never matches');
}

/** The flattening of one level of lists; null beyond the bound, so that doubling in a `reduce` cannot fill the memory. */
function merge(values: readonly unknown[]): unknown[] | null {
  const result: unknown[] = [];
  for (const value of values) {
    if (!Array.isArray(value)) result.push(value);
    else for (const item of value) result.push(item);
    if (result.length > MAX_LIST) return null;
  }
  return result;
}

/** The longest list `merge` builds. */
export const MAX_LIST = 100_000;

/** Operators on whole lists. */
export const MEMBERSHIP_OPERATORS: readonly Operator[] = [
  {
    name: 'in',
    arity: 'a value, and a list or text',
    min: 2,
    max: 2,
    spreads: true,
    summary: 'Is the value a member of the list (no conversion), or the text a part of the other text?',
    compile: compileIn,
  },
  {
    name: 'merge',
    arity: 'values and lists',
    min: 0,
    max: Number.POSITIVE_INFINITY,
    spreads: true,
    summary: 'One list of all operands and of the members of those that are lists.',
    compile: (call, compiler) => eager(call, compiler, { apply: merge }),
  },
];
