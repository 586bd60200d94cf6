import type { ImportRef } from './imports.ts';
import type { Scope } from './scope.ts';
import { bare, identifierName, memberName, type Node, textOf } from './syntax.ts';

/** Text that another file has: a constant there, or one of the texts in it. */
export interface TextRef {
  readonly ref: ImportRef;
  readonly member: string | undefined;
}

/** What an expression may be, as far as it can be read without running it. */
export interface Value {
  readonly texts: readonly string[];
  readonly refs: readonly TextRef[];
  /** It may be something else, too. */
  readonly open: boolean;
}

/** Whatever there is. */
export const UNKNOWN: Value = { texts: [], refs: [], open: true };

/** The texts that an expression may be: a literal, a constant, either side of a choice. */
export function textsOf(expression: Node, scope: Scope): Value {
  const node = bare(expression);
  const text = textOf(node);
  if (text !== undefined) return { texts: [text], refs: [], open: false };
  if (node.type === 'ConditionalExpression') {
    return either(textsOf(node.consequent as Node, scope), textsOf(node.alternate as Node, scope));
  }
  if (node.type === 'LogicalExpression' && node.operator !== '&&') {
    return either(textsOf(node.left as Node, scope), textsOf(node.right as Node, scope));
  }
  const member = memberName(node);
  const name = identifierName(member === undefined ? node : bare(node.object as Node));
  if (name === undefined) return UNKNOWN;
  const ref = scope.imports.get(name);
  if (ref !== undefined) {
    // of a namespace, what is taken out of it
    const whole = ref.name === '*' && member !== undefined;
    return {
      texts: [],
      refs: [whole ? { ref: { from: ref.from, name: member }, member: undefined } : { ref, member }],
      open: false,
    };
  }
  const found = textIn(scope.texts.get(name), member);
  return found === undefined ? UNKNOWN : { texts: [found], refs: [], open: false };
}

/** A constant, or one of the texts in it. */
export function textIn(
  constant: string | ReadonlyMap<string, string> | undefined,
  member: string | undefined,
): string | undefined {
  if (member === undefined) return typeof constant === 'string' ? constant : undefined;
  return typeof constant === 'object' ? constant.get(member) : undefined;
}

function either(one: Value, other: Value): Value {
  return { texts: [...one.texts, ...other.texts], refs: [...one.refs, ...other.refs], open: one.open || other.open };
}
