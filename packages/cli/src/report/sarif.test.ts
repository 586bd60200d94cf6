import type { Issue } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { sarifText } from './sarif.ts';

const TOOL = { name: 'flagctl', version: '1.2.3' };
const ISSUE: Issue = {
  severity: 'warning',
  code: 'shadowed-rule',
  path: ['flags', 'a', 'rules', 1],
  message: 'rule 0 has them all',
  expected: 'another rule',
  hint: 'remove it',
  place: { file: 'features.yaml', line: 12, column: 9 },
};

// biome-ignore lint/suspicious/noExplicitAny: a log is looked at as readers do
const runOf = (text: string): any => JSON.parse(text).runs[0];

describe('sarifText', () => {
  it('has the structure of SARIF 2.1.0', () => {
    const rules = [
      { id: 'other', summary: 'another', help: 'more of it' },
      { id: 'shadowed-rule', summary: 'no one gets there', help: 'remove it' },
    ];
    const text = sarifText(TOOL, [{ ...ISSUE, file: 'features.yaml' }], rules);
    const log = JSON.parse(text);
    expect(log.version).toBe('2.1.0');
    expect(log.$schema).toMatch(/^https:.*sarif-2\.1\.0/);
    expect(log.runs).toHaveLength(1);
    const { tool, results, columnKind } = log.runs[0];
    expect(tool.driver).toMatchObject({ name: 'flagctl', version: '1.2.3' });
    expect(tool.driver.rules[1]).toEqual({
      id: 'shadowed-rule',
      shortDescription: { text: 'no one gets there' },
      help: { text: 'remove it' },
    });
    expect(columnKind).toBe('utf16CodeUnits');
    expect(results).toEqual([
      {
        ruleId: 'shadowed-rule',
        ruleIndex: 1,
        level: 'warning',
        message: { text: 'flags.a.rules[1]: rule 0 has them all; expected another rule. Hint: remove it' },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: 'features.yaml' },
              region: { startLine: 12, startColumn: 9 },
            },
            logicalLocations: [{ fullyQualifiedName: 'flags.a.rules[1]' }],
          },
        ],
        partialFingerprints: { 'flagctl/v1': expect.stringMatching(/^[0-9a-f]{32}:0$/) },
      },
    ]);
  });

  it('has no region without a place, and no ruleIndex without the rule', () => {
    const { place: _, ...issue } = ISSUE;
    const [result] = runOf(sarifText(TOOL, [{ ...issue, file: 'shop/production' }])).results;
    expect(result.locations[0].physicalLocation).toEqual({ artifactLocation: { uri: 'shop/production' } });
    expect(result).not.toHaveProperty('ruleIndex');
  });

  it.each([
    ['./flags/a b.yaml', 'flags/a%20b.yaml'],
    ['../x#y?.yaml', '../x%23y%3F.yaml'],
    ['C:odd.yaml', 'C%3Aodd.yaml'],
    ['/etc/flags/ü.yaml', 'file:///etc/flags/%C3%BC.yaml'],
    ['flags\\a.yaml', 'flags/a.yaml'],
    ['<stdin>', '%3Cstdin%3E'],
    ['half\ud800.yaml', 'half%EF%BF%BD.yaml'],
  ])('names the file %s as %s', (file, uri) => {
    const { place: _, ...issue } = ISSUE;
    const [result] = runOf(sarifText(TOOL, [{ ...issue, file }])).results;
    expect(result.locations[0].physicalLocation.artifactLocation.uri).toBe(uri);
  });

  it('has nothing that a terminal would obey', () => {
    const text = sarifText(TOOL, [{ ...ISSUE, message: 'w\u009b31m', file: 'a.yaml' }]);
    expect(text).toContain('w\\u009b31m');
    expect(JSON.parse(text).runs[0].results[0].message.text).toContain('w\u009b31m');
  });

  it('knows a finding again whose line has moved, and tells two that are alike apart', () => {
    const prints = (issues: readonly Issue[]): string[] =>
      runOf(
        sarifText(
          TOOL,
          issues.map((issue) => ({ ...issue, file: 'a.yaml' })),
        ),
      ).results.map(
        (result: { partialFingerprints: Record<string, string> }) => result.partialFingerprints['flagctl/v1'],
      );
    const [first] = prints([ISSUE]);
    const moved = { ...ISSUE, place: { file: 'features.yaml', line: 99, column: 1 } };
    expect(prints([moved])).toEqual([first]);
    expect(prints([{ ...ISSUE, path: ['flags', 'b'] }])).not.toEqual([first]);
    expect(new Set(prints([ISSUE, moved])).size).toBe(2);
  });
});
