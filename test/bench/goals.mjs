import { commandGoals } from './cli/goals.mjs';
import { controlPlaneGoals } from './control-plane/goals.mjs';
import { propagationGoals } from './propagation/goals.mjs';
import { PEERS } from './subjects/index.mjs';

/**
 * The figures to reach, each read from one run. A goal is `reached` or `missed`; `open` where the confidence interval
 * holds the goal, and `unmeasured` where a side of it is missing. `disturbed`: one of its figures has no quiet round.
 *
 * @param answer `(scenario, subject, case) => aggregated case or undefined`
 */
export function goals(answer) {
  const ours = (scenario, name = 'call') => answer(scenario, 'flagwright', name);
  const against = (scenario, limit, factor) => {
    const [mine, theirs] = [ours(scenario), answer(scenario, limit, 'call')];
    return { ...atMost(mine?.value, theirs && theirs.value * factor), disturbed: mine?.disturbed || theirs?.disturbed };
  };
  const best = PEERS.map((peer) => answer('S2', peer, 'call'))
    .filter((found) => found !== undefined)
    .toSorted((a, b) => a.value - b.value)[0];
  const eighth = () => {
    const mine = ours('S2');
    return { ...atMost(mine?.value, best && best.value / 8), disturbed: mine?.disturbed || best?.disturbed };
  };
  // Math.max of a missing value is NaN, and NaN is unmeasured
  const sizes = (kind) => {
    const found = [10, 100, 1_000, 10_000, 100_000].map((size) => ours('S4-sizes', `${kind} ${size}`));
    return { values: found.map((each) => each?.value), disturbed: found.some((each) => each?.disturbed) };
  };
  const flat = (kind) => {
    const { values, disturbed } = sizes(kind);
    return { ...atMost(Math.max(...values) / Math.min(...values), 2), disturbed };
  };
  const largest = (kind) => {
    const { values, disturbed } = sizes(kind);
    return { ...atMost(Math.max(...values), 60), disturbed };
  };
  return [
    ['S1', 'at most 1.5 × Map.get', against('S1', 'map-get', 1.5)],
    ['S2', 'at most 1/8 of the best peer', eighth()],
    ['S3', 'at most 1.4 × Map.get + murmur3', against('S3', 'map-get-murmur', 1.4)],
    ['S4', 'a hit in at most 60 ns', upTo(ours('S4', 'hit at the end'), 60)],
    ['S4', 'a miss in at most 60 ns', upTo(ours('S4', 'miss'), 60)],
    ['S4', 'a hit in at most 60 ns from 10 to 100,000 ids', largest('hit')],
    ['S4', 'a miss in at most 60 ns from 10 to 100,000 ids', largest('miss')],
    ['S4', 'hits flat: slowest at most 2 × quickest', flat('hit'), '×'],
    ['S4', 'misses flat: slowest at most 2 × quickest', flat('miss'), '×'],
    ['S5', 'at most 60 ns', upTo(ours('S5'), 60)],
    ['S6', 'at most 150 µs', upTo(ours('S6'), 150_000)],
    ['S7', 'first load of the process in at most 100 ms', upTo(ours('S7', 'cold load'), 100e6)],
    ['S7', 'the same with every flag evaluated once', upTo(ours('S7', 'cold ready'), 100e6)],
    ['S7', 'at most 15 MB kept after the load', upTo(ours('S7', 'kept'), 15 * 2 ** 20), 'B'],
    ['S7', 'the same with every flag evaluated once', upTo(ours('S7', 'kept ready'), 15 * 2 ** 20), 'B'],
    ['S7', 'one change in at most 1 ms', upTo(ours('S7', 'change'), 1e6)],
    ...['S1', 'S2', 'S3'].flatMap((name) => [
      ['S8', `own resolve of ${name} in at most 300 ns`, upTo(ours('S8-resolve', name), 300)],
      ['S8', `${name} through the SDK at most 1.05 × constant`, ratio(ours('S8-sdk', name), 1.05), '×'],
    ]),
    ...['S1', 'S2'].flatMap((name) =>
      [
        ['switching', 'switching', 20],
        ['shadow-1', 'a shadow of 1 %', 50],
      ].flatMap(([decorator, label, most]) => [
        [
          'S9',
          `${label} adds at most ${most} ns to a resolve of ${name}`,
          adds(answer('S9-resolve', decorator, name), most),
        ],
        [
          'S9',
          `${label}, ${name} through the SDK at most 1.05 × bare`,
          times(answer('S9-sdk', decorator, name), 1.05),
          '×',
        ],
      ]),
    ),
    ...telemetryGoals(answer),
    ...gateGoals(answer),
    ...['S1', 'S2', 'S3', 'S4 hit', 'S4 miss', 'S5'].map((name) => [
      'heap',
      `hot calls of ${name} allocate nothing`,
      nothing(ours('heap', name)),
      'B',
    ]),
    ...controlPlaneGoals(answer).map(([scenario, goal, found, most]) => [scenario, goal, upTo(found, most)]),
    ...commandGoals(answer).map(([scenario, goal, found, most, unit]) => [scenario, goal, upTo(found, most), unit]),
    ...propagationGoals(answer).map(([scenario, goal, found, most, unit]) => [scenario, goal, upTo(found, most), unit]),
  ].map(([scenario, goal, outcome, unit = 'ns']) => ({ scenario, goal, unit, ...outcome }));
}

function telemetryGoals(answer) {
  const whole = answer('S10-batch', 'file', 'a million');
  // a part of it says nothing of the rest
  const file = whole?.events === 1_000_000 ? whole : undefined;
  return [
    ...['S1', 'S2', 'S3'].flatMap((name) => {
      const all = answer('S10', 'everything', name);
      const [record, counting] = ['keeping', 'metrics'].map((subject) => answer('S10', subject, name));
      return [
        ['S10', `metrics, health and events add at most 150 ns to ${name}`, adds(all, 150)],
        [
          'S10',
          `to whoever calls: at most 150 ns to ${name}`,
          { ...atMost(all?.caller, 150), disturbed: all?.disturbed },
        ],
        ['S10', `${name}: metrics allocate nothing but the record`, fewer(counting, record, 0), 'B'],
        ['S10', `${name}: with events, nothing but the record and the event`, fewer(all, record, EVENT), 'B'],
        [
          'S10',
          `the hook with all of them, ${name} at most 1.1 × an empty one`,
          times(answer('S10-sdk', 'everything', name), 1.1),
          '×',
        ],
        [
          'S10',
          `an exporter that hangs, ${name} at most 1.05 × one that is well`,
          times(answer('S10-hang', 'hanging', name), 1.05),
          '×',
        ],
      ];
    }),
    ['S10', 'a million events in a file in at most 3 s', upTo(file, 3e9)],
    ['S10', 'none of them dropped', { ...atMost(file?.dropped, 0), disturbed: file?.disturbed }, ''],
    [
      'S10',
      'at most 64 MB of memory for them',
      { ...atMost(file?.memory, 64 * 2 ** 20), disturbed: file?.disturbed },
      'B',
    ],
  ];
}

function gateGoals(answer) {
  return ['gates', 'gates-live'].flatMap((subject) =>
    ['one name', 'thirty names in turn'].flatMap((name) => {
      const found = answer('S11', subject, name);
      const what = `${subject === 'gates' ? 'gates' : 'live gates'}, ${name}`;
      return [
        ['S11', `${what}: at most 10 ns`, upTo(found, 10)],
        ['S11', `${what}: at most 1.15 × Map.get`, times(found, 1.15), '×'],
        ['S11', `${what}: allocates nothing`, { ...atMost(found?.allocated, 1), disturbed: found?.disturbed }, 'B'],
      ];
    }),
  );
}

/** An object of nine properties, and its place in the queue. */
const EVENT = 24 + 9 * 8 + 8;
/** Numbers that the engine boxes anew for a function that it does not inline, and what measuring leaves behind. */
const BOXES = 3 * 16;

/** `atMost` of the bytes that a call allocates more than another one. */
function fewer(found, base, more) {
  return {
    ...atMost(found?.allocated, base && base.allocated + more + BOXES),
    disturbed: found?.disturbed || base?.disturbed,
  };
}

const adds = (found, most) => ({ ...within(found?.added, most), disturbed: found?.disturbed });
const times = (found, most) => ({ ...ratio(found, most), disturbed: found?.disturbed });

function atMost(value, most) {
  if (!Number.isFinite(value) || !Number.isFinite(most)) return { verdict: 'unmeasured' };
  return { verdict: value <= most ? 'reached' : 'missed', value, most };
}

/** `atMost` of a case, which may have been measured on a disturbed machine only. */
const upTo = (found, most) => ({ ...atMost(found?.value, most), disturbed: found?.disturbed });

function ratio(measured, most) {
  return within(measured?.ratio === undefined ? undefined : { ...measured, middle: measured.ratio }, most);
}

/** `atMost` of a median with its confidence interval. */
function within(measured, most) {
  if (measured === undefined) return { verdict: 'unmeasured' };
  const { middle: value, lower, upper } = measured;
  return { verdict: upper <= most ? 'reached' : lower > most ? 'missed' : 'open', value, most, lower, upper };
}

/**
 * The least V8 allocates is 16 bytes, 160 MB in all. Reading the heap and compiling the loop anew leave some hundred
 * kilobytes: a tenth of a byte a call is nothing.
 */
function nothing(measured) {
  if (measured === undefined) return { verdict: 'unmeasured' };
  const most = measured.calls / 10;
  // a scavenge or a full collection would hide what was allocated; a marking step frees nothing
  const hidden = measured.collections.some((kind) => kind === 'minor' || kind === 'major');
  const clean = measured.value <= most && !hidden;
  return { verdict: clean ? 'reached' : 'missed', value: measured.value, most, collections: measured.collections };
}
