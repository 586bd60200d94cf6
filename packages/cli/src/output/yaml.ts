import { valueToYaml } from '@flagwright/core/text';

/**
 * A manifest, or a list of them, as YAML: names like `on` in quotes, and targeting as the text that JSON Logic is written
 * in, which `apply` reads back.
 */
export function manifestYaml(value: unknown): string {
  return valueToYaml(value);
}
