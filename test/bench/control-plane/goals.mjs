import { ENGINES, SERVERS } from './names.mjs';

/** The figures to reach: `[scenario, goal, measured, at most]`, where `measured` is `{ value, disturbed }`, in ns. */
export function controlPlaneGoals(answer) {
  const figure = (scenario, name, title, which) => {
    const found = answer(scenario, name, title);
    return found && { value: found[which], disturbed: found.disturbed };
  };
  const lists = ['flags, first page', 'definitions, first page'];
  return ENGINES.flatMap((name) => {
    const of = (scenario, title, which = 'value') => figure(scenario, name, title, which);
    const label = SERVERS[name];
    return [
      ['S12', `${label}: 5,000 evaluations a second, one in at most 200 µs`, of('S12', 'one flag'), 200e3],
      // holds on a machine that is used by others, too
      ['S12', `${label}: one evaluation in at most 200 µs of processor`, of('S12', 'one flag', 'cpu'), 200e3],
      ['S12', `${label}: p99 at 16 connections at most 10 ms`, of('S12', 'one flag', 'p99'), 10e6],
      ['S13', `${label}: all of 1,000 flags in at most 5 ms`, of('S13', 'all flags'), 5e6],
      ['S13', `${label}: the same in at most 5 ms of processor`, of('S13', 'all flags', 'cpu'), 5e6],
      ['S13', `${label}: not modified in at most 5 ms`, of('S13', 'not modified'), 5e6],
      ['S14', `${label}: 50 followers see a change 50 ms after it was sent, p99`, of('S14', '50 followers'), 50e6],
      [
        'S14',
        `${label}: 50 followers see a change 50 ms after the answer, p99`,
        of('S14', '50 followers', 'after p99'),
        50e6,
      ],
      ...lists.map((title) => ['S15', `${label}: ${title} of 10,000 in at most 50 ms`, of('S15', title), 50e6]),
    ];
  }).toSorted(([one], [other]) => one.localeCompare(other));
}
