import { preview } from '../issue.ts';
import { isInSegment } from '../membership.ts';
import { BROKEN, type Code, code } from './code.ts';
import type { Expression } from './env.ts';
import type { Call, Compiler, Operator } from './operator.ts';

function segmentName(raw: unknown, index: number, call: Call, compiler: Compiler): string | undefined {
  const path = call.at(index);
  if (typeof raw !== 'string') {
    compiler.error(path, {
      code: 'invalid-segment',
      message: `${preview(raw)} is not a name`,
      expected: 'the name of a segment',
    });
    return undefined;
  }
  compiler.env.use(`segment:${raw}`);
  if (!compiler.env.hasSegment(raw)) {
    compiler.error(path, {
      code: 'unknown-segment',
      message: `there is no segment ${preview(raw)}`,
      expected: 'a segment declared under `segments`',
    });
    return undefined;
  }
  return raw;
}

function compileInSegment(call: Call, compiler: Compiler): Code {
  if (compiler.nested()) {
    return compiler.error(call.path, {
      code: 'misplaced-operator',
      message: '"in_segment" tests the evaluation context, which is out of sight inside a list operator',
      hint: 'test it outside',
    });
  }
  const names = Array.from(call.args, (raw, i) => segmentName(raw, i, call, compiler));
  if (!names.every((name) => name !== undefined)) return BROKEN;
  const [only] = names;
  const one: Expression = (context, scope) => isInSegment(only!, context, scope);
  if (names.length === 1) return code(one, { boolean: true });
  return code(
    (context, scope) => {
      for (let i = 0; i < names.length; i++) if (isInSegment(names[i]!, context, scope)) return true;
      return false;
    },
    { boolean: true },
  );
}

/** Our own operator: membership in a segment of the document. */
export const IN_SEGMENT: Operator = {
  name: 'in_segment',
  arity: 'names of segments',
  min: 1,
  max: Number.POSITIVE_INFINITY,
  spreads: false,
  summary: 'Is the context in one of the segments?',
  compile: compileInSegment,
};
