import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, type FlagDocument, formatIssue, type Issue } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { describe, expect, it } from 'vitest';
import { NOW, rules } from '../../test/lint.ts';
import { CORE_WARNINGS } from './core-warnings.ts';
import type { Severity } from './finding.ts';
import { lint } from './lint.ts';
import { LINT_RULES } from './rules.ts';

const ROOT = join(import.meta.dirname, '../../../..');

function linted(text: string, file: string, severities: ReadonlyMap<string, Severity> = new Map()): readonly Issue[] {
  const { document, locate, issues } = parseText(text, { file });
  const snapshot = compile({ document: document as FlagDocument, revision: 'test', locate });
  return lint({ snapshot, locate, issues: [...issues, ...snapshot.issues] }, { now: NOW, severities });
}

it('rules that are off are not looked for unless asked', () => {
  const text = rules('{ variation: x }', '{ clauses: [{ attribute: a, operator: exists }], variation: y }');
  const codes = (severities: ReadonlyMap<string, Severity>): string[] =>
    linted(text, 'f.yaml', severities).map(({ severity, code }) => `${severity} ${code}`);
  expect(codes(new Map()).sort()).toEqual([
    'warning unreachable-fallthrough',
    'warning unreachable-rule',
    'warning unused-variant',
  ]);
  expect(codes(new Map([['unused-variant', 'off']]))).not.toContain('warning unused-variant');
  expect(codes(new Map([['constant-flag', 'error']]))).toContain('error constant-flag');
});

it('warnings of core can be switched, errors cannot', () => {
  const snapshot = compile({ document: { flags: {} }, revision: 'test' });
  const issues = [
    { severity: 'error', code: 'missing', path: [], message: 'm' },
    { severity: 'warning', code: 'weights-sum', path: [], message: 'm' },
  ] as const;
  const severities = new Map<string, Severity>([
    ['missing', 'off'],
    ['weights-sum', 'off'],
  ]);
  expect(lint({ snapshot, issues }, { now: NOW, severities })).toEqual([issues[0]]);
});

it('is in the order of the text', () => {
  const lines = linted(
    `attributes: { plan: string }\n${rules('{ variation: x, percentage: 0 }', '{ variation: z }')}`,
    'f.yaml',
    new Map([
      ['unused-attribute', 'warning'],
      ['zero-weight', 'warning'],
    ]),
  ).map(({ place }) => place!.line);
  expect(lines.length).toBeGreaterThan(2);
  expect(lines).toEqual([...lines].sort((a, b) => a - b));
});

it('findings of one rule are told up to a bound', () => {
  const flags = Object.fromEntries(
    Array.from({ length: 1_100 }, (_, i) => [`f${i}`, { type: 'boolean', default: true }] as const),
  );
  const snapshot = compile({ document: { flags } as FlagDocument, revision: 'test' });
  const issues = lint({ snapshot, issues: [] }, { now: NOW, severities: new Map([['no-owner', 'warning']]) });
  expect(issues).toHaveLength(1_001);
  expect(issues.some(({ message }) => message === 'and 100 more of no-owner')).toBe(true);
});

it('flags that cannot be used are left to core, and what they may refer to counts as used', () => {
  const issues = linted(
    'flags: { f: { rules: [{ clauses: [{ operator: inSegment, values: [s] }] }] } }\nsegments: { s: {}, t: {} }',
    'f',
  );
  expect(issues.filter(({ code }) => code === 'unused-segment').map(({ path }) => path)).toEqual([['segments', 't']]);
});

it('every rule says what it is about, and none has the name of a warning of core', () => {
  const ids = LINT_RULES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, summary, help, severity } of LINT_RULES) {
    expect(id).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(CORE_WARNINGS).not.toHaveProperty(id);
    expect(summary).not.toMatch(/\.$/);
    expect(help).toMatch(/\.$/);
    expect(['error', 'warning', 'off']).toContain(severity);
  }
});

describe('what is in the repository is right', () => {
  const examples = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => /features\.ya?ml$/.test(file) && !file.includes('node_modules'),
  );
  it('there are examples', () => expect(examples.length).toBeGreaterThan(8));
  it.each(examples)('examples/%s', (file) => {
    expect(linted(readFileSync(join(ROOT, 'examples', file), 'utf8'), file).map(formatIssue)).toEqual([]);
  });

  const blocks = readdirSync(join(ROOT, 'docs'), { encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => {
      const text = readFileSync(join(ROOT, 'docs', file), 'utf8');
      return [...text.matchAll(/```(?:yaml|json) flags[^\n]*\n([\s\S]*?)```/g)].map(
        (found, i) => [file, i, found[1]!] as const,
      );
    });
  it('there are flags in the docs', () => expect(blocks.length).toBeGreaterThan(10));
  it.each(blocks)('docs/%s, block %i', (file, _i, text) => {
    expect(linted(text, file).map(formatIssue)).toEqual([]);
  });
});
