import type { Call } from '../grammar/call.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { manifestYaml } from '../output/yaml.ts';
import { paintedDiff } from './paint.ts';
import { sameOrder } from './same-order.ts';
import { unified } from './unified.ts';

/** Something that two sides have, and how each has it; undefined where one has none. */
export interface Compared {
  /** What it is, as `feature-flag/new-checkout`. */
  readonly name: string;
  readonly before: unknown;
  readonly after: unknown;
  /** How the two sides are called. */
  readonly sides: { readonly before: string; readonly after: string };
}

/** The difference as a unified diff of YAML; '' if there is none. */
export function diffText({ name, before, after, sides }: Compared): string {
  const text = (value: unknown): string => (value === undefined ? '' : manifestYaml(value));
  return unified(text(before), text(sameOrder(after, before)), {
    before: `${sides.before}: ${name}`,
    after: `${sides.after}: ${name}`,
  });
}

/** Shows what differs; resolves to how many do. */
export async function tellDifferences(call: Call, all: readonly Compared[]): Promise<number> {
  const { world } = call;
  const output = outputOf(call);
  const style = styleOf(call);
  const differing = all.flatMap((compared) => {
    const diff = diffText(compared);
    return diff === '' ? [] : [{ ...compared, diff }];
  });
  if (output === 'json' || output === 'yaml') {
    const items = differing.map(({ name, before = null, after = null, diff }) => ({ name, before, after, diff }));
    await world.out(output === 'json' ? jsonText({ items }) : manifestYaml({ items }));
  } else if (output === 'name') await world.out(differing.map(({ name }) => `${safe(name)}\n`).join(''));
  else for (const { diff } of differing) await world.out(paintedDiff(style, diff));
  return differing.length;
}
