import type { Resolver, ResolverEvents } from '@flagwright/core';
import { type SwitchingResolver, sourceResolver, switching } from '@flagwright/provider';
import { memoryStore } from '@flagwright/sources/memory';
import { type ResolverFixture, resolverContract } from '@flagwright/testing';
import { flags, options, polling, timing, type World, world } from './source-contract-world.ts';

// What stands for another resolver keeps the same promises: as it is given, and after swaps.

type Start = (events: ResolverEvents) => Promise<void>;

/** The means of a world, and a resolver that is started in another way. */
function fixture({ open: _, ...means }: Partial<World>, switched: SwitchingResolver, start?: Start): ResolverFixture {
  // it inherits, for its name changes with what it stands for
  const resolver: Resolver = start === undefined ? switched : Object.create(switched, { start: { value: start } });
  return { resolver, ...means, close: async () => switched.stop?.() };
}

const switchingOptions = { startTimeout: 500, drainTimeout: 500 };
const over = (first: Resolver): SwitchingResolver => switching(first, switchingOptions);

const withoutList = ({ name, start, stop, resolve }: Resolver): Resolver => ({
  name,
  start: start!,
  stop: stop!,
  resolve,
});

resolverContract({
  name: 'switching',
  ...timing,
  async open() {
    const means = world();
    return fixture(means, over(sourceResolver(means.open, options)));
  },
});

resolverContract({
  name: 'switching over a source',
  ...timing,
  async open() {
    const means = world();
    return fixture(means, over(sourceResolver(means.open(), options)));
  },
});

resolverContract({
  name: 'switching over switching',
  ...timing,
  async open() {
    const means = world();
    return fixture(means, over(over(sourceResolver(means.open, options))));
  },
});

resolverContract({
  name: 'switching, swapped before its start',
  ...timing,
  async open() {
    const means = world();
    const switched = over(sourceResolver(() => memoryStore({ flags: {} })));
    await switched.switchTo(sourceResolver(means.open, options));
    return fixture(means, switched);
  },
});

resolverContract({
  name: 'switching, swapped after its start',
  ...timing,
  async open() {
    const means = world();
    const switched = over(sourceResolver(means.open, polling));
    return fixture(means, switched, async (events) => {
      await switched.start?.(events);
      await switched.switchTo(sourceResolver(means.open, polling));
    });
  },
});

resolverContract({
  name: 'switching, swapped from what has no list, and back',
  ...timing,
  async open() {
    const means = world();
    const switched = over(sourceResolver(means.open, options));
    return fixture(means, switched, async (events) => {
      await switched.start?.(events);
      await switched.switchTo(withoutList(sourceResolver(memoryStore(flags()))));
      await switched.switchTo(sourceResolver(means.open, options));
    });
  },
});

resolverContract({
  name: 'switching, swapped while its start hangs',
  ...timing,
  async open() {
    const { open, change, asked, secrets } = world();
    const switched = over({ ...sourceResolver(open), start: () => new Promise(() => undefined) });
    return fixture({ change, asked, secrets }, switched, async (events) => {
      const next = sourceResolver(open, options);
      await Promise.all([switched.start?.(events), switched.switchTo(next)]);
    });
  },
});

resolverContract({
  name: 'switching, swapped after a start that failed',
  ...timing,
  async open() {
    const { open, change, asked, secrets } = world();
    const dead = world();
    dead.breakIt();
    const switched = over(sourceResolver(dead.open, options));
    // what follows the failure is a ready, which the contract would take for one too many
    const quiet = (events: ResolverEvents): ResolverEvents => ({ ...events, ready() {} });
    return fixture({ change, asked, secrets }, switched, async (events) => {
      await switched.start?.(quiet(events)).catch(() => undefined);
      await switched.switchTo(sourceResolver(open, options));
    });
  },
});

resolverContract({
  name: 'switching over one that cannot list',
  ...timing,
  async open() {
    const means = world();
    return fixture(means, over(withoutList(sourceResolver(means.open, options))));
  },
});
