import { MOST_VARIANTS } from './options.ts';

/** The variants of an experiment as events tell them: by position, else by value. */
export interface Variants {
  /** The number of the variant, from 0; undefined if there is no telling, or if there are too many. */
  numberOf(position: number, value: unknown): number | undefined;
  /** Names by the variants' numbers, all different, in the order of positions. */
  named(): readonly { readonly name: string; readonly number: number }[];
}

interface Variant {
  /** In the flag; −1 if events tell none. */
  position: number;
  /** Its value as a text; undefined if that is no name. */
  readonly text: string | undefined;
}

const LONGEST_NAME = 200;

/** Starts with the names of positions, if they are known; others follow as they come, named by what they serve. */
export function newVariants(names: readonly string[] = []): Variants {
  const all: Variant[] = [];
  const byPosition = new Map<number, number>();
  const byText = new Map<string, number>();

  function add(variant: Variant): number | undefined {
    if (all.length === MOST_VARIANTS) return undefined;
    const number = all.push(variant) - 1;
    if (variant.position >= 0) byPosition.set(variant.position, number);
    if (variant.text !== undefined && !byText.has(variant.text)) byText.set(variant.text, number);
    return number;
  }

  for (const [position, text] of names.entries()) add({ position, text });

  return {
    numberOf(position, value) {
      if (position >= 0) {
        const number = byPosition.get(position);
        if (number !== undefined) return number;
      }
      const text = textOf(value);
      const same = text === undefined ? undefined : byText.get(text);
      if (position < 0) return same ?? (text === undefined ? undefined : add({ position, text }));
      // seen before without its position: some providers tell none
      if (same !== undefined && all[same]!.position < 0) {
        all[same]!.position = position;
        byPosition.set(position, same);
        return same;
      }
      return add({ position, text });
    },
    named() {
      const rank = ({ position }: Variant): number => (position < 0 ? Number.MAX_SAFE_INTEGER : position);
      const sorted = all.map(({ position, text }, number) => ({ position, text, number }));
      sorted.sort((a, b) => rank(a) - rank(b) || a.number - b.number);
      const taken = new Set<string>();
      return sorted.map(({ position, text, number }) => {
        let name = text ?? `variant ${position}`;
        // two variants that serve the same
        while (taken.has(name)) name += ` (${position})`;
        taken.add(name);
        return { name, number };
      });
    },
  };
}

/** A value as the name of its variant; undefined if it is none. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') {
    if (value === '') return '""';
    return value.length > LONGEST_NAME ? undefined : value;
  }
  return value === null || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
