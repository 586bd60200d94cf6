import type { FlagDefinition, FlagDocument, SegmentDefinition } from '../document.generated.ts';
import { Entries } from '../entries.ts';
import type { Metadata } from '../evaluation.ts';
import type { Issue, Report } from '../issue.ts';
import { preview } from '../issue.ts';
import { notJson } from '../json.ts';
import type { JsonSchema } from '../json-schema.ts';
import { compileExpression } from '../logic/index.ts';
import { documentSchema } from '../schema.ts';
import type { Vocabulary } from '../vocabulary.ts';
import { logicEnv } from '../vocabulary.ts';
import { checkClause } from './clause.ts';
import type { Trail } from './shape.ts';
import { compileShape } from './shape.ts';

/** The document without what is inside its entries: those are checked one by one. */
const outerSchema: JsonSchema = /* @__PURE__ */ ((): JsonSchema => ({
  ...documentSchema,
  properties: {
    ...documentSchema.properties,
    flags: { type: ['object', 'array'], 'x-expected': 'a map of flag key to definition' },
    segments: { type: 'object' },
    $evaluators: { type: 'object' },
    attributes: { type: 'object' },
    overrides: { type: 'object' },
  },
}))();

const outerShape = /* @__PURE__ */ compileShape(outerSchema).document;
const shapes = /* @__PURE__ */ compileShape(documentSchema);

/** Checks the outside of a document. False if it is no document at all. */
export function checkOutside(document: unknown, report: Report): document is FlagDocument {
  if (!outerShape(document, [], report)) return false;
  const known = documentSchema.properties!;
  const names = Object.keys(document as object);
  if (names.length === 0 || names.some((name) => name !== '$schema' && Object.hasOwn(known, name))) return true;
  report({
    severity: 'error',
    code: 'no-flags',
    path: [],
    message: `no flags: the document has only ${names.slice(0, 5).map(preview).join(', ')}`,
    expected: 'a map with `flags`',
    hint: 'put the flags under a top-level `flags:`',
  });
  return false;
}

/** The flags of a document as entries, whichever way they were written. */
export function readFlags(flags: FlagDocument['flags'], report: Report): Entries<unknown> {
  if (flags === undefined) return Entries.of<unknown>([]);
  if (flags instanceof Entries) return flags;
  const entries = new Map<string, unknown>();
  if (flags instanceof Map) {
    for (const [key, definition] of flags as ReadonlyMap<unknown, unknown>) {
      if (typeof key === 'string') entries.set(key, definition);
      else
        report({
          severity: 'error',
          code: 'bad-key',
          path: ['flags'],
          message: `${preview(key)} is no flag key`,
          expected: 'text',
        });
    }
    return Entries.adopt(entries);
  }
  if (!Array.isArray(flags)) {
    const record = flags as Readonly<Record<string, unknown>>;
    for (const key of Object.keys(record)) entries.set(key, record[key]);
    return Entries.adopt(entries);
  }
  flags.forEach((definition: FlagDefinition | null | undefined, i) => {
    const key = definition?.key;
    if (typeof key !== 'string') {
      report({
        severity: 'error',
        code: 'missing',
        path: ['flags', i],
        message: '`key` is missing',
        expected: 'a flag with a `key`',
      });
    } else if (entries.has(key)) {
      report({
        severity: 'error',
        code: 'duplicate-key',
        path: ['flags', i],
        message: `a second flag ${preview(key)}`,
        hint: 'the first one is used',
      });
    } else {
      entries.set(key, definition);
    }
  });
  return Entries.adopt(entries);
}

/** Facts that can travel with an evaluation; everything else is left out (and was warned about). */
export function readMetadata(metadata: unknown): Metadata {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return {};
  const facts = Object.entries(metadata).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return Object.fromEntries(facts) as Metadata;
}

/** Checks one segment by itself. False if it cannot be used. */
export function checkSegment(
  name: string,
  raw: unknown,
  words: Vocabulary,
  use: (dependency: string) => void,
  report: Report,
): raw is SegmentDefinition {
  const trail: Trail = ['segments', name];
  let sound = true;
  const hear: Report = (issue) => {
    if (issue.severity === 'error') sound = false;
    report(issue);
  };
  if (!shapes.named('segment')(raw, trail, hear)) return false;
  (raw as SegmentDefinition).rules?.forEach((rule, i) => {
    rule.clauses.forEach((clause, j) => {
      trail.push('rules', i, 'clauses', j);
      checkClause(clause, trail, words, use, hear);
      trail.length -= 4;
    });
  });
  return sound;
}

/** Checks what is neither flag nor segment: attributes, shared evaluators, overrides. */
export function checkVocabulary(document: FlagDocument, words: Vocabulary, report: Report): void {
  const trail: Trail = [];
  for (const [name, attribute] of Object.entries(document.attributes ?? {})) {
    trail.push('attributes', name);
    const shape = typeof attribute === 'string' ? 'attributeType' : 'attribute';
    shapes.named(shape)(attribute, trail, report);
    trail.length = 0;
  }
  for (const [name, logic] of words.evaluators) {
    compileExpression(
      logic,
      logicEnv('', words, () => {}, report),
      ['$evaluators', name],
    );
  }
  for (const [key, value] of Object.entries(document.overrides ?? {})) {
    const why = notJson(value);
    if (why === undefined) continue;
    report({
      severity: 'error',
      code: 'not-json',
      path: ['overrides', key],
      message: why,
      expected: 'a JSON value',
    } satisfies Issue);
  }
}
