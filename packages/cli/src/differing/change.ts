import type { Call } from '../grammar/call.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { type Style, styleOf } from '../output/style.ts';
import { manifestYaml } from '../output/yaml.ts';
import { type Effect, effectsOf, type Served } from './effects.ts';
import { paintedDiff } from './paint.ts';
import { sameOrder } from './same-order.ts';
import { unified } from './unified.ts';

/** Something that two sides have, and how each has it; undefined where one has none. */
export interface Compared {
  /** What it is, as `feature-flag/new-checkout`. */
  readonly name: string;
  /** The name as `-o name` of `get` and `apply` has it, if that is another one. */
  readonly short?: string | undefined;
  readonly before: unknown;
  readonly after: unknown;
  /** How the two sides are called. */
  readonly sides: { readonly before: string; readonly after: string };
}

/** The difference as a unified diff of YAML; '' if there is none. */
export function diffText({ name, before, after, sides }: Compared): string {
  const text = (value: unknown): string => (value === undefined ? '' : manifestYaml(value));
  return unified(text(before), text(sameOrder(after, before)), {
    before: safe(`${sides.before}: ${name}`),
    after: safe(`${sides.after}: ${name}`),
  });
}

/**
 * Shows what differs and, with `--effect`, who is served something else for it, of what `served` resolves to. Resolves to how many
 * things differ.
 */
export async function tellDifferences(
  call: Call,
  all: readonly Compared[],
  served: () => Promise<readonly Served[]>,
): Promise<number> {
  const { world } = call;
  const output = outputOf(call);
  const style = styleOf(call);
  const differing = all.flatMap((compared) => {
    const diff = diffText(compared);
    return diff === '' ? [] : [{ ...compared, diff }];
  });
  if (output === 'name') await world.out(differing.map((one) => `${safe(one.short ?? one.name)}\n`).join(''));
  else if (output === 'json' || output === 'yaml') {
    const items = differing.map(({ name, before = null, after = null, diff }) => ({ name, before, after, diff }));
    const effects: Effect[] = [];
    if (call.has('effect')) for await (const effect of effectsOf(await served(), world.now())) effects.push(effect);
    const whole = call.has('effect') ? { items, effects } : { items };
    await world.out(output === 'json' ? jsonText(whole) : manifestYaml(whole));
  } else {
    for (const { diff } of differing) await world.out(paintedDiff(style, diff));
    if (call.has('effect')) {
      for await (const effect of effectsOf(await served(), world.now())) await world.out(effectText(style, effect));
    }
  }
  return differing.length;
}

function effectText(style: Style, { flag, where, lines }: Effect): string {
  const title = `${safe(flag)}${where === null ? '' : ` in ${safe(where)}`}:`;
  return `${style.bold(title)}\n${lines.map((line) => `  ${safe(line)}\n`).join('')}`;
}
