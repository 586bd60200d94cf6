import { isRecord } from '@flagwright/core';
import { valueToYaml } from '@flagwright/core/text';
import { withoutMarks } from './json.ts';
import { jsonLines } from './json-lines.ts';

/** In which manifests targeting is written as text. */
const WITH_TARGETING: ReadonlySet<unknown> = new Set(['FeatureFlagStage', 'ChangeRequest']);

/**
 * A manifest, or a list of them, as YAML: names like `on` in quotes, members that are undefined left out, and targeting of
 * stage definitions and change requests as the text that JSON Logic is written in, which `apply` reads back. Nothing in it
 * looks like a placeholder of a template: `{{` within a text is `{\x7b`, in double quotes.
 */
export function manifestYaml(value: unknown): string {
  const shown = written(value);
  const text = valueToYaml(shown);
  if (!text.includes('{{')) return text;
  // a control character is in double quotes whatever stands around it, as an escape that is nowhere else
  let more = 0;
  while (text.includes(`x01${more}.`)) more++;
  return valueToYaml(withSecondBraces(shown, `\u0001${more}.`)).replaceAll(`\\x01${more}.`, '\\x7b');
}

/** The same, with something else in all texts for the second one of two braces. */
function withSecondBraces(value: unknown, by: string): unknown {
  const inText = (text: string): string => text.replaceAll('{{', () => `{${by}`);
  if (typeof value === 'string') return inText(value);
  if (Array.isArray(value)) return value.map((item) => withSecondBraces(item, by));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [inText(name), withSecondBraces(member, by)]),
  );
}

function written(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(written);
  if (!isRecord(value)) return value;
  if (Array.isArray(value.items)) return { ...value, items: value.items.map(written) };
  const { kind, spec } = value;
  if (!WITH_TARGETING.has(kind) || !isRecord(spec) || !isRecord(spec.targeting)) return value;
  return { ...value, spec: { ...spec, targeting: `${withoutMarks(jsonLines(spec.targeting))}\n` } };
}
