import type { ClauseDefinition } from '../document.generated.ts';
import type { Report } from '../issue.ts';
import { oneOf, preview, suggest } from '../issue.ts';
import { operatorNamed } from '../operators/index.ts';
import { USUAL_ATTRIBUTES, type Vocabulary } from '../vocabulary.ts';
import type { Trail } from './shape.ts';

/** Checks a clause of the right shape: operator, values and names. `use` hears of segments and declared attributes. */
export function checkClause(
  clause: ClauseDefinition,
  trail: Trail,
  words: Vocabulary,
  use: (dependency: string) => void,
  report: Report,
): void {
  const operator = operatorNamed(clause.operator);
  if (operator === undefined) return;
  const { attribute, values = [] } = clause;
  if (operator.contextual) {
    checkSegments(values, trail, words, use, report);
  } else if (attribute === undefined) {
    report({
      severity: 'error',
      code: 'missing',
      path: [...trail],
      message: '`attribute` is missing',
      expected: 'the attribute of the context to look at',
    });
  } else {
    checkAttribute(attribute, trail, words, use, report);
  }
  if (values.length === 0 && operator.bare !== true) {
    report({
      severity: clause.values === undefined ? 'error' : 'warning',
      code: 'no-values',
      path: [...trail],
      message: `\`${clause.operator}\` has no values${clause.values === undefined ? '' : ` and ${negative(clause) ? 'always matches where the attribute is there' : 'never matches'}`}`,
      expected: operator.values,
    });
  }
  for (let i = 0; i < values.length; i++) {
    const expected = operator.check(values[i]);
    if (expected === undefined) continue;
    report({
      severity: 'error',
      code: 'bad-value',
      path: [...trail, 'values', i],
      message: `${preview(values[i])} is no value for \`${clause.operator}\``,
      expected,
      ...(values[i] === null
        ? { hint: 'a missing attribute never matches; to test for one use `exists` with `negate`' }
        : {}),
    });
  }
  if (clause.negate === true && (clause.operator === 'neq' || clause.operator === 'notIn')) {
    report({
      severity: 'warning',
      code: 'double-negation',
      path: [...trail, 'negate'],
      message: `\`${clause.operator}\` with \`negate\` is a double negation`,
      hint: `write \`${clause.operator === 'neq' ? 'eq' : 'in'}\` without \`negate\``,
    });
  }
}

function negative(clause: ClauseDefinition): boolean {
  return (clause.operator === 'neq' || clause.operator === 'notIn') !== (clause.negate === true);
}

function checkSegments(
  values: readonly unknown[],
  trail: Trail,
  words: Vocabulary,
  use: (dependency: string) => void,
  report: Report,
): void {
  values.forEach((name, i) => {
    if (typeof name !== 'string') return;
    use(`segment:${name}`);
    if (words.segments.has(name)) return;
    report({
      severity: 'error',
      code: 'unknown-segment',
      path: [...trail, 'values', i],
      message: `there is no usable segment ${preview(name)}`,
      expected: words.segments.size === 0 ? 'a segment declared under `segments`' : oneOf(words.segments.keys()),
      near: () => suggest(name, words.segments.keys()),
    });
  });
}

/** A document that declares its attributes is told of one it does not know. */
function checkAttribute(
  attribute: string,
  trail: Trail,
  words: Vocabulary,
  use: (dependency: string) => void,
  report: Report,
): void {
  const { attributes } = words;
  if (attributes.size === 0 || USUAL_ATTRIBUTES.has(attribute)) return;
  use(`attribute:${attribute}`);
  if (attributes.has(attribute)) return;
  if (attributes.get(attribute.split('.', 1)[0]!) === 'object') return;
  report({
    severity: 'warning',
    code: 'undeclared-attribute',
    path: [...trail, 'attribute'],
    message: `${preview(attribute)} is not declared under \`attributes\``,
    hint: 'declare it, so that a slip of the finger is found',
    near: () => suggest(attribute, attributes.keys()),
  });
}
