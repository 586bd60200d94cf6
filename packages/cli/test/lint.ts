import { compile, type FlagDocument, formatPath } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { describe, expect, it } from 'vitest';
import { lint } from '../src/lint/lint.ts';

/** The present of these tests. */
export const NOW: number = Date.parse('2026-06-15T12:00:00Z');

/** What a rule finds in a document, as `path: message`. The document is right by the format. */
export function found(id: string, yaml: string): readonly string[] {
  const { document, locate } = parseText(yaml);
  const snapshot = compile({ document: document as FlagDocument, revision: 'test', locate });
  const errors = snapshot.issues.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ message }) => message)).toEqual([]);
  return lint({ snapshot, locate, issues: [] }, { now: NOW, severities: new Map([[id, 'warning']]) })
    .filter(({ code }) => code === id)
    .map(({ path, message, place }) => {
      expect(place).toBeDefined();
      return `${formatPath(path)}: ${message}`;
    });
}

/** A rule, what is in the document, the document, and a part of each thing that is found: none for a near miss. */
export type RuleCase = readonly [id: string, name: string, yaml: string, ...found: readonly string[]];

/** Makes the tests of rules, each of which must have something that it finds, and something that it does not. */
export function checkRules(cases: readonly RuleCase[], ids: readonly string[]): void {
  describe.each(ids)('%s', (id) => {
    const own = cases.filter(([rule]) => rule === id);
    it.each(own)('%s: %s', (_rule, _name, yaml, ...parts) => {
      const messages = found(id, yaml);
      expect(messages).toHaveLength(parts.length);
      for (const [i, part] of parts.entries()) expect(messages[i]).toContain(part);
    });

    it('has a case with a finding, and a near miss', () => {
      expect(new Set(own.map(([, , , ...parts]) => parts.length > 0))).toEqual(new Set([true, false]));
    });
  });
}

/** A document of one flag, `f`. */
export const flag = (body: string): string => `flags:\n  f:\n${body.replace(/^/gm, '    ')}`;

/** A flag of rules, with the variants x, y and z, of which z is the default. */
export const rules = (...list: readonly string[]): string =>
  flag(`variants: { x: x, y: y, z: z }\ndefaultVariant: z\nrules:\n${list.map((rule) => `  - ${rule}`).join('\n')}`);

/** A flag of JSON Logic, with the variants a, b and c, of which a is the default. */
export const logic = (targeting: string): string =>
  flag(`variants: { a: a, b: b, c: c }\ndefaultVariant: a\ntargeting: ${targeting}`);

/** A rule for some plans. */
export const plan = (values: string, more = 'variation: x'): string =>
  `{ clauses: [{ attribute: plan, operator: in, values: [${values}] }], ${more} }`;

/** A clause of the attribute n. */
export const n = (operator: string, value: string, more = ''): string =>
  `{ attribute: n, operator: ${operator}, values: [${value}]${more} }`;

/** A rule of two clauses. */
export const two = (one: string, other: string): string => `{ clauses: [${one}, ${other}], variation: x }`;

/** Declared attributes. */
export const SINGLE = 'attributes: { plan: string, n: number, i: integer, ok: boolean, tags: list }\n';

/** A flag for each attribute, which looks at it alone. */
export function attributesOf(...names: readonly string[]): string {
  const one = (name: string, i: number): string =>
    `  f${i}: { type: boolean, default: false, rules: [{ clauses: [{ attribute: ${name}, operator: exists }], variation: on }] }`;
  return `flags:\n${names.map(one).join('\n')}`;
}

/** A flag f, and one that needs it to serve a variation. */
export function needing(f: string, variation: string): string {
  return `flags:\n  f:\n    ${f}\n  needs: { type: boolean, default: true, prerequisites: [{ key: f, variation: ${variation} }] }`;
}
