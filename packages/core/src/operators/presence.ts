import { isInSegment } from '../membership.ts';
import type { Operator } from './operator.ts';
import { checkText } from './operator.ts';

/** The one operator that sees a missing attribute: negated, or with the value false, it matches where there is none. */
export const exists: Operator = {
  name: 'exists',
  summary: 'is there and not null; with `negate`, or the value false: is not there',
  attribute: 'anything',
  values: 'none, or a single true or false',
  bare: true,
  check: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  compile({ get }, values, negate) {
    const wanted = (values.length === 0 || values.includes(true)) !== negate;
    if (values.includes(true) && values.includes(false)) return () => !negate;
    return (context) => {
      const actual = get(context);
      return (actual !== undefined && actual !== null) === wanted;
    };
  },
};

/** Segments are looked up in the snapshot that is evaluated: one that does not exist has nobody in it. */
export const inSegment: Operator = {
  name: 'inSegment',
  summary: 'the context is in one of the segments',
  attribute: 'none',
  values: 'names of segments',
  contextual: true,
  check: checkText,
  compile(_attribute, values, negate) {
    const names = values as readonly string[];
    return (context, scope) => {
      for (const name of names) if (isInSegment(name, context, scope)) return !negate;
      return negate;
    };
  },
};
