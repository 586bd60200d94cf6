import { createClient } from '@flagwright/core';
import { defineGates, gateSource, layer, liveGates } from '@flagwright/gates';
import { allocated } from './measure.mjs';
import { pace } from './pace.mjs';
import { median, quantile } from './stats.mjs';

// S11: what it costs to ask for a gate, beside a look into a table of as many names.

const AREAS = ['Events', 'Storage', 'Region', 'Session', 'Discovery', 'Watch'];
const KINDS = ['Proxy', 'Cache', 'Mode', 'Export', 'Limits'];

/** Thirty names, as `EventsProxy`; every other gate is on. As keys, they are the strings that constants in a program are. */
const NAMES = Object.keys(Object.fromEntries(AREAS.flatMap((area) => KINDS.map((kind) => [area + kind, 0]))));
const isOn = (name) => NAMES.indexOf(name) % 2 === 0;

function gatesOf() {
  const declared = (name) => ({
    stage: isOn(name) ? 'beta' : 'alpha',
    owner: '@bench',
    description: name,
    since: '0.1.0',
  });
  const declarations = Object.fromEntries(NAMES.map((name) => [name, declared(name)]));
  return defineGates({ program: 'bench', version: '1.0.0' }, declarations);
}

/** Live gates that have been swapped, as they have in a program that runs. */
function live() {
  const holder = liveGates(gatesOf());
  for (const enabled of [false, true]) holder.apply(layer('override', { [NAMES[0]]: enabled }));
  return holder;
}

/** A look into a table of as many names: what every other subject is measured beside. */
function mapGet() {
  const table = new Map(NAMES.map((name) => [name, isOn(name)]));
  return (name) => table.get(name);
}

/** How each subject is asked, by its name. */
const ASKED = {
  nothing: async () => (name) => name !== '',
  'map-get': async () => mapGet(),
  'object-get': async () => {
    const table = Object.fromEntries(NAMES.map((name) => [name, isOn(name)]));
    return (name) => table[name];
  },
  gates: async () => gatesOf().enabled,
  'gates-live': async () => live().enabled,
  'gates-client': async () => {
    const client = createClient(gateSource(live(), { key: (name) => name }));
    await client.ready();
    return (name) => client.boolean(name, false);
  },
};

/** Calls in a block, and blocks that are not counted. */
const CALLS = 200_000;
const WARM = 15;

/**
 * Times one call of `enabled`: of one name, which the program has as a constant, and of all of them in turn. Blocks of it
 * take turns with blocks of a `Map` in the same process: whatever disturbs the machine meets both, and how well names fall
 * into the buckets of a table is up to the process.
 */
export async function asking({ name: subject, ms }) {
  const enabled = await ASKED[subject]();
  for (const name of NAMES) {
    if (subject !== 'nothing' && enabled(name) !== isOn(name)) throw new Error(`${name} was answered ${enabled(name)}`);
  }
  const [one, other] = [await import('./gates-loops.mjs?base'), await import('./gates-loops.mjs?mine')];
  const [base, mine] = [one.loopsOf(mapGet(), 'StorageCache', NAMES), other.loopsOf(enabled, 'StorageCache', NAMES)];
  const cases = {};
  for (const title of Object.keys(base)) {
    for (let i = 0; i < WARM; i++) for (const loop of [base, mine]) block(loop[title]);
    const [bases, times] = [[], []];
    const before = pace();
    for (const end = performance.now() + 2 * ms; performance.now() < end; ) {
      const turned = bases.length % 2 === 1;
      for (const own of turned ? [true, false] : [false, true])
        (own ? times : bases).push(block((own ? mine : base)[title]));
    }
    cases[title] = {
      unit: 'ns',
      value: median(times),
      low: quantile(times, 0.25),
      high: quantile(times, 0.75),
      ratios: times.map((time, i) => time / bases[i]),
      pace: Math.max(before, pace()),
      allocated: (await allocated(() => void mine[title](1_000))) / 1_000,
    };
  }
  return cases;
}

/** Nanoseconds a call. */
function block(loop) {
  const start = performance.now();
  if (loop(CALLS) === 0) throw new Error('nothing was on');
  return ((performance.now() - start) * 1e6) / CALLS;
}
