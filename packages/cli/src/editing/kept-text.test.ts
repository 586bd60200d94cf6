import { parseText } from '@flagwright/core/text';
import { expect, it } from 'vitest';
import { templatesOf } from '../manifests/template.ts';
import { keptText } from './kept-text.ts';
import { textOf } from './subject.ts';
import { readEdited } from './text.ts';

const FLAG = { kind: 'FeatureFlag', project: 'p', stage: undefined, id: 'f' } as const;

it.each([
  ['yaml', undefined],
  ['yaml', '7'],
  ['json', undefined],
  ['json', '7'],
] as const)(
  'what was typed and looks like a template is kept as the text that it is: %s, version %s',
  (format, version) => {
    const spec = { type: 'STRING', variants: { a: 'Hello {{ .name | default "you" }}' } };
    const manifest = {
      apiVersion: 'feature-flag/v0.3',
      kind: 'FeatureFlag',
      metadata: { id: 'f', project: 'p' },
      spec,
    };
    const body = textOf(manifest, format).replaceAll(/\\(?:x|u00)7b/g, '{');
    expect(body).toContain('{{ .name');
    const read = readEdited(body, `f.${format}`, FLAG);
    const item = read.kind === 'good' ? read.item : undefined;
    const kept = keptText({ body, item, version, format });
    expect(templatesOf([]).fill(kept, `f.${format}`)).toBe(kept);
    expect(parseText(kept).document).toEqual(version === undefined ? manifest : { ...manifest, version });
  },
);
