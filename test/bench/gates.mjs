import { createClient } from '@flagwright/core';
import { defineGates, gateSource, layer, liveGates } from '@flagwright/gates';
import { allocated, time } from './measure.mjs';

// S11: what it costs to ask for a gate, beside a look into a table of as many names.

const AREAS = ['Events', 'Storage', 'Region', 'Session', 'Discovery', 'Watch'];
const KINDS = ['Proxy', 'Cache', 'Mode', 'Export', 'Limits'];

/** Thirty names, as `EventsProxy`; every other gate is on. */
const NAMES = AREAS.flatMap((area) => KINDS.map((kind) => area + kind));
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

/** How each subject is asked, by its name. */
const ASKED = {
  nothing: async () => (name) => name !== '',
  'map-get': async () => {
    const table = new Map(NAMES.map((name) => [name, isOn(name)]));
    return (name) => table.get(name);
  },
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

/** Times one call of `enabled`: of one name, which the program has as a constant, and of all of them in turn. */
export async function asking({ name: subject, ms }) {
  const enabled = await ASKED[subject]();
  for (const name of NAMES) {
    if (subject !== 'nothing' && enabled(name) !== isOn(name)) throw new Error(`${name} was answered ${enabled(name)}`);
  }
  let on = 0;
  const one = () => {
    if (enabled('StorageMode')) on++;
  };
  let i = 0;
  const last = NAMES.length - 1;
  const each = () => {
    i = i === last ? 0 : i + 1;
    if (enabled(NAMES[i])) on++;
  };
  const cases = {};
  for (const [title, call] of Object.entries({ 'one name': one, 'thirty names in turn': each })) {
    cases[title] = { ...(await time(call, ms)), allocated: await allocated(call) };
  }
  if (on === 0) throw new Error('nothing was on');
  return cases;
}
