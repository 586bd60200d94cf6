import { isRecord } from '@flagwright/core';
import { valueToYaml } from '@flagwright/core/text';
import { jsonLines } from './json-lines.ts';

/** In which manifests targeting is written as text. */
const WITH_TARGETING: ReadonlySet<unknown> = new Set(['FeatureFlagStage', 'ChangeRequest']);

/**
 * A manifest, or a list of them, as YAML: names like `on` in quotes, members that are undefined left out, and targeting of
 * stage definitions and change requests as the text that JSON Logic is written in, which `apply` reads back.
 */
export function manifestYaml(value: unknown): string {
  return valueToYaml(written(value));
}

function written(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(written);
  if (!isRecord(value)) return value;
  if (Array.isArray(value.items)) return { ...value, items: value.items.map(written) };
  const { kind, spec } = value;
  if (!WITH_TARGETING.has(kind) || !isRecord(spec) || !isRecord(spec.targeting)) return value;
  return { ...value, spec: { ...spec, targeting: `${jsonLines(spec.targeting)}\n` } };
}
