import { remembering, subjectOf } from './clauses.ts';
import type { Predicate } from './effect.ts';
import type { Atom, Graph } from './graph.ts';

type Form = Extract<Predicate, { kind: 'bucketing' }>['form'];

/** What forms a bucketing key of one form has as well. */
const WIDER: Readonly<Record<Form, readonly Form[]>> = { string: ['value', 'text'], value: ['text'], text: [] };

const IS: Readonly<Record<Form, (value: unknown) => boolean>> = {
  value: (value) => (typeof value === 'string' ? value !== '' : typeof value === 'number' && Number.isFinite(value)),
  string: (value) => typeof value === 'string' && value !== '',
  text: (value) => value !== null && value !== undefined && textOf(value) !== '',
};

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return ''; // as JSON Logic has it: a value whose own conversion fails
  }
}

/** That a context has what is hashed. */
export function bucketingKey(attribute: string, form: Form, graph: Graph): Atom {
  const isKey = form === 'value' && (attribute === 'key' || attribute === 'targetingKey');
  const named = isKey ? 'key' : attribute;
  const subject = subjectOf(named, form === 'value' ? 'clause' : 'var');
  const implies = WIDER[form].flatMap((wider) => {
    if (named === 'targetingKey' && wider === 'value') return [idOf('key', 'value')];
    // only names that both dialects read alike
    const alike = (form === 'value') === (wider === 'value') || subjectOf(named, 'clause') === subjectOf(named, 'var');
    return alike ? [idOf(named, wider)] : [];
  });
  return graph.atom({
    id: idOf(named, form),
    predicate: { kind: 'bucketing', attribute: named, form },
    subject,
    attribute: named,
    holds: remembering(IS[form], 5, graph),
    implies,
  });
}

/** That the targeting key is one of those listed. Lists of one graph have no key in common. */
export function targeted(keys: readonly string[], graph: Graph): Atom {
  return graph.atom({
    id: `targeted ${JSON.stringify(keys)}`,
    predicate: { kind: 'targeted', keys },
    group: 'targeted',
    implies: keys.includes('') ? [] : [idOf('key', 'value')],
  });
}

function idOf(attribute: string, form: Form): string {
  return `bucketing ${form} ${JSON.stringify(attribute)}`;
}
