import { isRecord } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { Refusal } from './refusal.ts';

/** An expression may become no larger, in values. */
const MOST = 10_000;

/** JSON Logic with what it refers to by `{"$ref": name}` written out. Throws `Refusal` for what is not there, or goes round. */
export function inlined(logic: unknown, evaluators: Readonly<Record<string, unknown>>, what: string): unknown {
  let size = 0;
  const write = (value: unknown, open: readonly string[]): unknown => {
    if (++size > MOST) throw new Refusal(`${what} is too large with what it refers to written out`);
    if (Array.isArray(value)) return value.map((item) => write(item, open));
    if (!isRecord(value)) return value;
    const { $ref: name } = value;
    if (typeof name !== 'string' || Object.keys(value).length > 1) {
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, write(member, open)]));
    }
    if (!Object.hasOwn(evaluators, name))
      throw new Refusal(`${what} refers to $evaluators.${name}, which is not there`);
    if (open.includes(name))
      throw new Refusal(`${what} refers to $evaluators in a circle: ${[...open, name].join(' → ')}`);
    const evaluator = evaluators[name];
    const parsed = typeof evaluator === 'string' ? parseText(evaluator, { format: 'json' }).document : evaluator;
    return write(parsed, [...open, name]);
  };
  return write(logic, []);
}
