import { type HashState, hashState } from '../bucket.ts';
import type { Path } from '../issue.ts';
import { anyRandom, type Code, code, fold } from './code.ts';
import type { Expression } from './env.ts';
import type { Compiler } from './operator.ts';
import { UNSALTED } from './split.ts';
import { concatenate } from './strings.ts';
import { toText } from './values.ts';

/** The explicit key of a `fractional`: the text `salt` stands for, then what `rest` yields. */
export interface Key {
  readonly code: Code;
  readonly salt: HashState;
  readonly rest: Expression;
}

function catOperands(raw: unknown): readonly unknown[] | undefined {
  if (typeof raw !== 'object' || raw === null || !Object.hasOwn(raw, 'cat') || Object.keys(raw).length !== 1)
    return undefined;
  const { cat } = raw as { readonly cat: unknown };
  return Array.isArray(cat) && cat.length > 1 && cat.length <= 64 ? cat : undefined;
}

/**
 * Compiles a key. `{"cat": [{"var": "$flagd.flagKey"}, {"var": "email"}]}`, flagd's usual one, is hashed at load as
 * far as it is constant, so that an evaluation builds no text.
 */
export function splitKey(raw: unknown, path: Path, compiler: Compiler): Key {
  const operands = catOperands(raw);
  if (operands === undefined) {
    const whole = compiler.compile(raw, path);
    return { code: whole, salt: UNSALTED, rest: whole.run };
  }
  const parts = compiler.deeper<readonly Code[]>(path, [], () =>
    operands.map((part, i) => compiler.compile(part, [...path, 'cat', i])),
  );
  const runs = parts.map((part) => part.run);
  const joined: Expression = (context, scope) => concatenate(runs.map((run) => run(context, scope)));
  const whole = fold(code(joined, { random: anyRandom(parts) }), parts);
  const start = parts.slice(0, -1);
  const last = runs.at(-1);
  if (last === undefined || !start.every((part) => part.constant))
    return { code: whole, salt: UNSALTED, rest: whole.run };
  const salt = hashState(start.map((part) => toText(part.value) ?? '').join(''));
  return { code: whole, salt, rest: (context, scope) => toText(last(context, scope)) ?? '' };
}
