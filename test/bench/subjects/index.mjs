import { COMMANDS } from '../cli/names.mjs';
import { SERVERS } from '../control-plane/names.mjs';
import { BACKENDS } from '../propagation/names.mjs';

/** Who can be measured, by name; each is loaded only in the process that measures it. */
const LOADERS = {
  nothing: async () => (await import('./limit.mjs')).nothing,
  'map-get': async () => (await import('./limit.mjs')).mapGet,
  'map-get-murmur': async () => (await import('./limit.mjs')).mapGetMurmur,
  'map-get-set': async () => (await import('./limit.mjs')).mapGetSet,
  'map-copy': async () => (await import('./limit.mjs')).mapCopy,
  flagwright: async () => (await import('./flagwright.mjs')).flagwright,
  flagd: async () => (await import('./flagd.mjs')).flagd,
  unleash: async () => (await import('./unleash.mjs')).unleash,
  launchdarkly: async () => (await import('./launchdarkly.mjs')).launchdarkly,
  growthbook: async () => (await import('./growthbook.mjs')).growthbook,
  statsig: async () => (await import('./statsig.mjs')).statsig,
  'statsig-values': async () => (await import('./statsig.mjs')).statsigValues,
  configcat: async () => (await import('./configcat.mjs')).configcat,
};

/** Names as the tables print them. */
export const LABELS = {
  nothing: 'the loop alone',
  'map-get': 'limit: Map.get',
  'map-get-murmur': 'limit: Map.get + murmur3',
  'map-get-set': 'limit: Map.get + Set.has',
  'map-copy': 'limit: a copy of the Map',
  flagwright: 'flagwright',
  flagd: 'flagd-core',
  unleash: 'Unleash',
  launchdarkly: 'LaunchDarkly',
  growthbook: 'GrowthBook',
  statsig: 'Statsig',
  'statsig-values': 'Statsig, as values',
  configcat: 'ConfigCat',
  constant: 'limit: constant provider',
  'in-memory': 'SDK InMemoryProvider',
  bare: 'bare against itself',
  switching: 'switching',
  'shadow-1': 'shadow, 1 %',
  'shadow-1-turns': 'shadow, 1 %, 300 calls a turn',
  'shadow-1-rests': 'shadow, 1 %, 300 calls and a rest',
  'shadow-0': 'shadow, 0 %',
  both: 'switching over shadow, 1 %',
  'switching-async': 'switching, async',
  'no-sinks': 'none against none',
  clocks: 'limit: two readings of the clock',
  keeping: 'limit: a sink that keeps the record',
  metrics: 'metrics',
  'metrics-per-flag': 'metrics of each flag',
  health: 'figures for health',
  events: 'events',
  everything: 'metrics, health and events',
  'empty-hook': 'empty against itself',
  'no-hook': 'no hook',
  file: 'a file',
  nowhere: 'limit: an exporter that does nothing',
  well: 'well against itself',
  hanging: 'hanging, the queue full',
  'object-get': 'limit: an object',
  gates: 'gates',
  'gates-live': 'live gates',
  'gates-client': 'a gate as a flag, in a client',
  ...BACKENDS,
  ...SERVERS,
  ...COMMANDS,
};

export const PEERS = ['flagd', 'unleash', 'launchdarkly', 'growthbook', 'statsig', 'configcat'];

export const isPeer = (name) => PEERS.includes(name) || name === 'statsig-values' || name === 'in-memory';

export const isLimit = (name) => LABELS[name].startsWith('limit');

/** Packages whose versions the result names. */
export const PACKAGES = [
  '@openfeature/flagd-core',
  'unleash-client',
  '@launchdarkly/node-server-sdk',
  '@growthbook/growthbook',
  'statsig-node',
  '@configcat/sdk',
  '@openfeature/server-sdk',
  '@openfeature/core',
  'mitata',
  'pg',
  'ioredis',
];

export function load(name) {
  return LOADERS[name]();
}
