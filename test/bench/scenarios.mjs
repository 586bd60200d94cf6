import { ENGINES } from './control-plane/names.mjs';
import { chain, flat, freeUser, ids, listed, mixed, others, plain, split, threeRules, user, users } from './logic.mjs';
import { BACKENDS } from './propagation/names.mjs';
import { PEERS } from './subjects/index.mjs';

/**
 * What is measured. `kind` says how: `calls` times a call (S1–S6), `load` a large set (S7), `resolve` a provider's own
 * method and `sdk` the whole SDK call (S8), `added` what a decorator of a resolver costs, its rounds divided by `part`
 * (S9), `sinks` and `hooks` what telemetry costs an evaluation, `hang` the same with an exporter in trouble, `batch` a
 * million events to a file (S10), `gates` asks for feature gates (S11), `heap` counts what ten million calls leave behind,
 * `propagation` follows changes through a backend to other processes, `control-plane` asks servers that run (S12–S17), and
 * `commands` times whole processes of `flagctl` (S18–S20).
 *
 * A case names flags, the key asked for, the users that ask in turn, what they must be answered (`on`, `off`, or
 * `split`: between 15 % and 25 % on), and `controls`: users that must be answered otherwise.
 */
const USERS = 10_000;
const LIST = 10_000;

const outsider = (i) => user(ids(1, 900 + i)[0], { country: flat('FR'), domain: 'else.example' });

const CASES = {
  S1: () => ({
    flags: [...others(100), plain('plain'), plain('plain-off', false)],
    key: 'plain',
    users: users(USERS),
    expect: 'on',
    otherKey: 'plain-off',
  }),
  S2: () => ({
    flags: [...others(100), threeRules('three-rules')],
    key: 'three-rules',
    users: users(USERS),
    expect: 'on',
    controls: [freeUser(ids(1, 7)[0]), outsider(1)],
  }),
  S3: () => ({
    flags: [...others(100), split('checkout-20')],
    key: 'checkout-20',
    users: users(USERS),
    expect: 'split',
  }),
  S5: () => ({
    flags: [...others(100), ...chain('chain')],
    key: 'chain',
    users: users(USERS),
    expect: 'on',
    controls: [freeUser(ids(1, 7)[0])],
  }),
};

/** One rule with `size` ids; whoever hits is the last of them, in strings of their own. */
function list(size, hit) {
  const all = ids(size, 5);
  const strangers = users(USERS, 6);
  const last = Array.from({ length: 64 }, () => user(flat(all.at(-1))));
  return {
    flags: [...others(100), listed('listed', all)],
    key: 'listed',
    users: hit ? last : strangers,
    expect: hit ? 'on' : 'off',
    controls: hit ? [strangers[0]] : [last[0]],
  };
}

const both = (size) => ({ [`hit ${size}`]: () => list(size, true), [`miss ${size}`]: () => list(size, false) });

export const SCENARIOS = [
  {
    id: 'S1',
    title: 'a plain boolean',
    kind: 'calls',
    limit: 'map-get',
    subjects: ['nothing', 'map-get', 'flagwright', ...PEERS],
    cases: { call: CASES.S1 },
  },
  {
    id: 'S2',
    title: 'three rules of two clauses, the third matches',
    kind: 'calls',
    limit: 'map-get',
    subjects: ['map-get', 'flagwright', ...PEERS],
    cases: { call: CASES.S2 },
  },
  {
    id: 'S3',
    title: 'a 20/80 rollout over 10,000 users with ids of 24 characters',
    kind: 'calls',
    limit: 'map-get-murmur',
    subjects: ['map-get-murmur', 'flagwright', ...PEERS],
    cases: { call: CASES.S3 },
  },
  {
    id: 'S4',
    title: 'one rule with 10,000 ids',
    kind: 'calls',
    limit: 'map-get-set',
    subjects: ['map-get-set', 'flagwright', ...PEERS, 'statsig-values'],
    cases: { 'hit at the end': () => list(LIST, true), miss: () => list(LIST, false) },
  },
  {
    id: 'S4-sizes',
    title: 'one rule with 10 to 100,000 ids',
    kind: 'calls',
    layout: 'grid',
    limit: 'map-get-set',
    subjects: ['map-get-set', 'flagwright'],
    cases: { ...both(10), ...both(100), ...both(1_000), ...both(10_000), ...both(100_000) },
  },
  {
    id: 'S5',
    title: 'a chain of three prerequisites; the last asks for an attribute',
    kind: 'calls',
    limit: 'map-get',
    subjects: ['map-get', 'flagwright', ...PEERS],
    cases: { call: CASES.S5 },
  },
  {
    id: 'S6',
    title: 'all of 1,000 flags: a third each as in S1, S2 and S3',
    kind: 'calls',
    limit: 'map-copy',
    subjects: ['map-copy', 'flagwright', ...PEERS],
    cases: { call: () => ({ flags: mixed(1000), all: true, users: users(USERS), expectOn: [667 + 20, 667 + 120] }) },
  },
  {
    id: 'S7',
    title: 'load 10,000 flags of two rules, and change one',
    kind: 'load',
    rounds: 2,
    size: 10_000,
    subjects: ['flagwright', ...PEERS],
  },
  {
    id: 'S8-resolve',
    title: "through OpenFeature: the provider's own resolve",
    kind: 'resolve',
    limit: 'constant',
    subjects: ['constant', 'flagwright', 'in-memory', 'flagd'],
    cases: { S1: CASES.S1, S2: CASES.S2, S3: CASES.S3 },
  },
  {
    id: 'S8-sdk',
    title: 'through the SDK, interleaved with a constant provider',
    kind: 'sdk',
    subjects: ['constant', 'flagwright', 'in-memory', 'flagd'],
    cases: { S1: CASES.S1, S2: CASES.S2, S3: CASES.S3 },
  },
  {
    id: 'S9-resolve',
    title: 'what a decorator adds to a resolve, with what it does in the background; a bare resolver in turns',
    kind: 'added',
    limit: 'bare',
    part: 2.5,
    subjects: [
      'bare',
      'switching',
      'shadow-1',
      'shadow-1-turns',
      'shadow-1-rests',
      'shadow-0',
      'both',
      'switching-async',
    ],
    cases: { S1: CASES.S1, S2: CASES.S2 },
  },
  {
    id: 'S9-sdk',
    title: 'the same through the SDK',
    kind: 'added',
    sdk: true,
    limit: 'bare',
    part: 1.5,
    rounds: 2,
    subjects: ['bare', 'switching', 'shadow-1', 'both'],
    cases: { S1: CASES.S1, S2: CASES.S2 },
  },
  {
    id: 'S10',
    title: 'what sinks add to a call of the synchronous client; one without sinks in turns',
    kind: 'sinks',
    limit: 'clocks',
    part: 6,
    subjects: ['no-sinks', 'clocks', 'keeping', 'metrics', 'metrics-per-flag', 'health', 'events', 'everything'],
    cases: { S1: CASES.S1, S2: CASES.S2, S3: CASES.S3 },
  },
  {
    id: 'S10-sdk',
    title: 'the hook through the SDK, beside one whose finally is empty',
    kind: 'hooks',
    rounds: 2,
    part: 1.5,
    subjects: ['empty-hook', 'no-hook', 'metrics', 'events', 'everything'],
    cases: { S1: CASES.S1, S2: CASES.S2, S3: CASES.S3 },
  },
  {
    id: 'S10-batch',
    title: 'a million evaluations, paced as by a server, as events in a file',
    kind: 'batch',
    events: 1_000_000,
    subjects: ['file', 'nowhere'],
  },
  {
    id: 'S10-hang',
    title: 'a call whose exporter hangs and whose queue is full, beside one whose exporter is well',
    kind: 'hang',
    part: 6,
    subjects: ['well', 'hanging'],
    cases: { S1: CASES.S1, S2: CASES.S2, S3: CASES.S3 },
  },
  {
    id: 'S11',
    title: 'enabled() of a feature gate, among thirty',
    kind: 'gates',
    limit: 'map-get',
    subjects: ['nothing', 'map-get', 'object-get', 'gates', 'gates-live', 'gates-client'],
    cases: { 'one name': {}, 'thirty names in turn': {} },
  },
  {
    id: 'S12',
    title: 'OFREP: one flag of three rules among 100, over 16 connections; for each question, all together',
    kind: 'control-plane',
    part: 'ofrep',
    load: 'one',
    limit: 'bare-http',
    subjects: ['bare-http', ...ENGINES],
  },
  {
    id: 'S13',
    title: 'OFREP: all of 1,000 flags, a third each as in S1, S2 and S3, one question after the other',
    kind: 'control-plane',
    part: 'ofrep',
    load: 'bulk',
    limit: 'bare-http',
    subjects: ['bare-http', ...ENGINES],
  },
  {
    id: 'S14',
    title: 'from a change by the API to evaluations of followers with event streams; 100 flags',
    kind: 'control-plane',
    part: 'visible',
    subjects: ENGINES,
  },
  {
    id: 'S15',
    title: 'lists of a project of 10,000 flags and 5 stages',
    kind: 'control-plane',
    part: 'lists',
    subjects: ENGINES,
  },
  {
    id: 'S16',
    title: 'changes of one stage by the API, each answered when it is on disk',
    kind: 'control-plane',
    part: 'writes',
    subjects: [...ENGINES, 'two-servers'],
  },
  {
    id: 'S17',
    title: 'from `flagctl serve` to its first answer',
    kind: 'control-plane',
    part: 'start',
    subjects: ENGINES,
  },
  {
    id: 'S18',
    title: 'flagctl, from the start of the process to its end; a file of 20 flags',
    kind: 'commands',
    part: 'start',
    limit: 'node',
    subjects: ['node', 'flagctl'],
  },
  {
    id: 'S19',
    title: 'flagctl apply of 1,000 manifests: a project, a link, and 499 flags with a definition of one stage',
    kind: 'commands',
    part: 'apply',
    subjects: ENGINES,
  },
  {
    id: 'S20',
    title: 'flagctl with a file of 10,000 flags',
    kind: 'commands',
    part: 'large',
    subjects: ['flagctl'],
  },
  {
    id: 'heap',
    title: 'what ten million calls leave on the heap (two million if --quick)',
    kind: 'heap',
    calls: 10_000_000,
    of: { flagd: { calls: 1_000_000, only: 'S1' } },
    execArgv: ['--min-semi-space-size=256', '--max-semi-space-size=256'],
    subjects: ['flagwright', 'flagd'],
    cases: {
      S1: CASES.S1,
      S2: CASES.S2,
      S3: CASES.S3,
      'S4 hit': () => list(LIST, true),
      'S4 miss': () => list(LIST, false),
      S5: CASES.S5,
    },
  },
  {
    id: 'propagation-time',
    title: 'from a commit in one process to an evaluation in others; 100 flags',
    kind: 'propagation',
    part: 'time',
    subjects: Object.keys(BACKENDS),
  },
  {
    id: 'propagation-change',
    title: 'what one change among 10,000 flags costs a process that follows them',
    kind: 'propagation',
    part: 'change',
    subjects: Object.keys(BACKENDS),
  },
  {
    id: 'propagation-load',
    title: 'load 100,000 plain flags in a fresh process',
    kind: 'propagation',
    part: 'load',
    subjects: Object.keys(BACKENDS),
  },
];
