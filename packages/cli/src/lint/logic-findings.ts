import { jsonEqual, type Path, preview } from '@flagwright/core';
import type { Finding } from './finding.ts';
import { callOf, constantOf, resolved, truthOf } from './logic.ts';
import { conditionImplies, conditionsExclude } from './logic-relations.ts';
import type { SetView } from './view.ts';

/** What can be found in an expression: the ids of the rules that tell of it. */
export type LogicFault = 'constant-condition' | 'same-branches' | 'unreachable-branch' | 'impossible-condition';

/** What is known where a part of an expression is looked at. */
interface Facts {
  readonly yes: readonly unknown[];
  readonly no: readonly unknown[];
}

const NOWHERE: Facts = { yes: [], no: [] };

/** More conditions are not compared with each other. */
const MOST_FACTS = 100;

const remembered = new WeakMap<object, ReadonlyMap<LogicFault, readonly Finding[]>>();

/** All that is doubtful in an expression, worked out once for all rules that tell of it. */
export function logicFindings(raw: unknown, path: Path, set: SetView, fault: LogicFault): readonly Finding[] {
  if (typeof raw !== 'object' || raw === null) return [];
  let found = remembered.get(raw);
  if (found === undefined) {
    found = look(raw, path, set);
    remembered.set(raw, found);
  }
  return found.get(fault) ?? [];
}

function look(raw: unknown, path: Path, set: SetView): ReadonlyMap<LogicFault, readonly Finding[]> {
  const found = new Map<LogicFault, Finding[]>();
  const tell = (fault: LogicFault, finding: Finding): void => {
    const list = found.get(fault);
    if (list === undefined) found.set(fault, [finding]);
    else list.push(finding);
  };

  function value(raw: unknown, path: Path, facts: Facts): void {
    if (Array.isArray(raw)) {
      for (const [i, one] of raw.entries()) if (isCompound(one)) value(one, [...path, i], facts);
      return;
    }
    const call = callOf(raw);
    if (call === undefined) return;
    const { name, args } = call;
    if (name === 'if' || name === '?:') {
      branches(args, (i) => call.at(path, i), facts, value);
      return;
    }
    if (name === 'and' || name === 'or') {
      // the last one is yielded as it is
      connected(args.slice(0, -1), name, path, call.at, facts);
      if (args.length > 0) value(args.at(-1), call.at(path, args.length - 1), facts);
      return;
    }
    if (name === '!' || name === '!!') {
      condition(args[0], call.at(path, 0), NOWHERE, 'none');
      return;
    }
    // within an operator on lists `var` is of another context
    const inner = ['map', 'filter', 'reduce', 'all', 'some', 'none'].includes(name) ? NOWHERE : facts;
    for (const [i, arg] of args.entries()) if (isCompound(arg)) value(arg, call.at(path, i), inner);
  }

  /** `tail`: what is there if the condition does not hold: the rest of an `if`, or nothing to speak of. */
  function condition(raw: unknown, path: Path, facts: Facts, tail: 'some' | 'none'): void {
    const constant = constantOf(raw, set);
    if (constant !== undefined) {
      const holds = truthOf(constant.value);
      // `true` before the last result is another way to write "else"
      if (holds && tail === 'none' && constant.value === true && raw === true) return;
      tell('constant-condition', {
        path,
        message: `this ${holds ? 'always' : 'never'} holds: it is ${preview(constant.value)} for every context`,
        hint: holds ? 'keep what it leads to, without it' : 'remove it, with what it leads to',
      });
      return;
    }
    if (facts.no.some((one) => conditionImplies(raw, one, set))) {
      tell('unreachable-branch', {
        path,
        message: 'this never holds here: whoever has it was caught by an earlier condition',
        hint: 'put the narrower condition first, or remove it',
      });
      return;
    }
    if (facts.yes.some((one) => conditionsExclude(raw, one, set))) {
      tell('unreachable-branch', { path, message: 'this never holds here: a condition around it excludes it' });
      return;
    }
    if (tail === 'some' && facts.yes.some((one) => conditionImplies(one, raw, set))) {
      tell('unreachable-branch', {
        path,
        message: 'this always holds here, by a condition around it: what comes after is never reached',
      });
      return;
    }
    const call = callOf(raw);
    if (call === undefined) return;
    const { name, args } = call;
    if (name === 'and' || name === 'or') connected(args, name, path, call.at, NOWHERE);
    else if (name === '!' || name === '!!') condition(args[0], call.at(path, 0), NOWHERE, 'some');
    else if (name === 'if' || name === '?:') branches(args, (i) => call.at(path, i), NOWHERE, value);
    else value(raw, path, NOWHERE);
  }

  function connected(
    args: readonly unknown[],
    name: 'and' | 'or',
    path: Path,
    at: (path: Path, i: number) => Path,
    facts: Facts,
  ): void {
    for (const [i, arg] of args.entries()) condition(arg, at(path, i), facts, 'some');
    if (args.length > MOST_FACTS) return;
    for (const [i, arg] of args.entries()) {
      if (constantOf(arg, set) !== undefined) continue;
      const before = args.slice(0, i).findIndex((one) => jsonEqual(resolved(one, set), resolved(arg, set)));
      if (before >= 0) {
        tell('constant-condition', {
          path: at(path, i),
          message: `this says what operand ${before} of "${name}" says already`,
          hint: 'remove one of the two',
        });
      } else if (name === 'and' && args.slice(0, i).some((one) => conditionsExclude(one, arg, set))) {
        tell('impossible-condition', {
          path: at(path, i),
          message: 'this excludes another operand of the "and", which therefore never holds',
          hint: 'for "one or the other" write "or", or "in" with a list',
        });
        return;
      }
    }
  }

  function branches(
    args: readonly unknown[],
    at: (i: number) => Path,
    facts: Facts,
    result: (raw: unknown, path: Path, facts: Facts) => void,
  ): void {
    const pairs = Math.floor(args.length / 2);
    const rest = args.length % 2 === 1 ? args.at(-1) : null;
    let { no } = facts;
    for (let i = 0; i < pairs; i++) {
      const [test, then] = [args[2 * i], args[2 * i + 1]];
      const last = i === pairs - 1;
      condition(test, at(2 * i), { yes: facts.yes, no }, last && args.length % 2 === 0 ? 'none' : 'some');
      const constant = constantOf(test, set) !== undefined;
      if (last && !constant && jsonEqual(then, rest)) {
        tell('same-branches', {
          path: at(2 * i),
          message: `whether this holds or not, the result is ${preview(then)}`,
          hint: 'remove the condition, or correct one of the results',
        });
      }
      if (isCompound(then)) result(then, at(2 * i + 1), { yes: constant ? facts.yes : more(facts.yes, test), no });
      if (!constant) no = more(no, test);
    }
    if (args.length % 2 === 1 && isCompound(rest)) result(rest, at(args.length - 1), { yes: facts.yes, no });
  }

  value(raw, path, NOWHERE);
  return found;
}

const more = (list: readonly unknown[], one: unknown): readonly unknown[] =>
  list.length < MOST_FACTS ? [...list, one] : list;

function isCompound(raw: unknown): boolean {
  return typeof raw === 'object' && raw !== null;
}
