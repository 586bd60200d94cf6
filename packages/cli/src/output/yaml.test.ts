import { parseText } from '@flagwright/core/text';
import { expect, it } from 'vitest';
import { templatesOf } from '../manifests/template.ts';
import { jsonLine, jsonText } from './json.ts';
import { manifestYaml } from './yaml.ts';

const TARGETING = {
  if: [
    { and: [{ '==': [{ var: 'region' }, 'us-east'] }, { in: [{ var: 'user-tier' }, ['premium', 'enterprise']] }] },
    'on',
    {
      fractional: [
        ['on', 10],
        ['off', 90],
      ],
    },
  ],
};

it('targeting is a block of JSON, names are in quotes, and what is undefined is left out', () => {
  const manifest = {
    kind: 'FeatureFlagStage',
    metadata: { stage: undefined, featureFlagId: 'on' },
    spec: { defaultVariant: 'on', rules: undefined, targeting: TARGETING },
  };
  expect(manifestYaml({ kind: 'FeatureFlagStageList', items: [manifest] })).toBe(`kind: FeatureFlagStageList
items:
  - kind: FeatureFlagStage
    metadata:
      featureFlagId: 'on'
    spec:
      defaultVariant: 'on'
      targeting: |
        {
          "if": [
            {
              "and": [
                { "==": [{ "var": "region" }, "us-east"] },
                { "in": [{ "var": "user-tier" }, ["premium", "enterprise"]] }
              ]
            },
            "on",
            { "fractional": [["on", 10], ["off", 90]] }
          ]
        }
`);
});

it.each([
  ['an empty object', {}],
  ['nested', TARGETING],
  ['long texts', { '==': [{ var: 'a' }, 'x'.repeat(200)] }],
  ['what cannot be seen', { '==': [{ var: '\u0085\u2028\ufeff\u200b\t\u0000' }, '\ud800 "\\ é 日'] }],
  ['numbers', { '<': [0.1, 1e21, -0.5, 1e-7] }],
  ['a name that is a prototype’s', JSON.parse('{"==":[{"__proto__":1,"constructor":2},null]}')],
])('targeting is read back as it was: %s', (_, targeting) => {
  const text = manifestYaml({ kind: 'ChangeRequest', spec: { targeting } });
  const { spec } = parseText(text, { file: 'a.yaml' }).document as unknown as {
    readonly spec: { readonly targeting: string };
  };
  expect(text).toContain('targeting: |\n');
  expect(JSON.parse(spec.targeting)).toEqual(targeting);
});

it.each([
  ['of other kinds', { kind: 'Template', spec: { targeting: { a: 1 } } }],
  ['that is taken out', { kind: 'ChangeRequest', spec: { targeting: null } }],
  ['that is text already', { kind: 'ChangeRequest', spec: { targeting: '{"a":1}' } }],
])('targeting is left alone: %s', (_, manifest) => {
  expect(parseText(manifestYaml(manifest), { file: 'a.yaml' }).document).toEqual(manifest);
});

const LIKE_TEMPLATES = [
  '{{ .x }}',
  'Hello {{ .name | default "you" }}, {{{ .raw }}} {{{{',
  "it's {{ .x }}\n  of\n\nlines\n",
  '\u0001{{ .x }}\u0001 \\x010. \u00010. x011.',
  '{{ "{{" }}',
  `${'long '.repeat(60)}{{- .x -}}`,
];

it.each(LIKE_TEMPLATES)('what looks like a template, %j, is read as it is, and not filled in', (text) => {
  const logic = { cat: [text, { [text]: 1 }] };
  for (const kind of ['FeatureFlag', 'FeatureFlagStage']) {
    const manifest = { kind, spec: { [text]: text, list: [text], 'x012.': '{{', targeting: logic } };
    for (const [written, file] of [
      [manifestYaml(manifest), 'f.yaml'],
      [jsonText(manifest), 'f.json'],
      [jsonLine(manifest), 'f.json'],
    ] as const) {
      expect(written).not.toContain('{{');
      expect(templatesOf(['x=1']).fill(written, file)).toBe(written);
      const { spec } = parseText(written, { file }).document as { readonly spec: Record<string, unknown> };
      const { targeting } = spec;
      const read = typeof targeting === 'string' ? (JSON.parse(targeting) as unknown) : targeting;
      expect({ ...spec, targeting: read }).toEqual(manifest.spec);
    }
  }
});
