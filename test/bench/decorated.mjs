import { shadow, sourceResolver, switching } from '@flagwright/provider';
import { memoryStore } from '@flagwright/sources/memory';

/**
 * A bare resolver and the same one decorated, by the name of the subject. A block is so many `turns` of the event loop
 * of so many `calls` each; with `rests`, the process rests between them. `trial` tells how far a shadow is.
 */
const VARIANTS = {
  bare: (bare) => ({ bare, tried: bare }),
  switching: (bare) => ({ bare, tried: switching(bare) }),
  'shadow-1': (bare, other) => shadowed(bare, other, 0.01),
  'shadow-1-turns': (bare, other) => ({ ...shadowed(bare, other, 0.01), calls: 300, turns: 60 }),
  'shadow-1-rests': (bare, other) => ({ ...shadowed(bare, other, 0.01), calls: 300, turns: 4, rests: true }),
  'shadow-0': (bare, other) => shadowed(bare, other, 0),
  both(bare, other) {
    const { tried, trial } = shadowed(bare, other, 0.01);
    return { bare, tried: switching(tried), trial };
  },
  'switching-async'(source) {
    const bare = asynchronous(source);
    return { bare, tried: switching(bare), awaits: true, calls: 2_000 };
  },
};

export function decorated(name, document) {
  const resolver = () => sourceResolver(memoryStore(document));
  const made = VARIANTS[name](resolver(), resolver);
  return { calls: 20_000, turns: 1, rests: false, awaits: false, ...made };
}

function shadowed(bare, other, sample) {
  // one is drawn when it is made, and one with each comparison
  let drawn = -1;
  const random = () => {
    drawn++;
    return Math.random();
  };
  const tried = shadow(bare, other(), { sample, random });
  return { bare, tried, trial: { sample, report: tried.report, drawn: () => Math.max(0, drawn) } };
}

const asynchronous = (source) => ({
  name: 'asynchronous',
  start: source.start,
  stop: source.stop,
  resolve: async (type, key, fallback, context) => source.resolve(type, key, fallback, context),
});
