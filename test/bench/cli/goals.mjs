import { ENGINES, SERVERS } from '../control-plane/names.mjs';

/** What somebody who types does not wait for. */
const START = ['--help', 'version', 'exec of a file', 'lint of a file', '__complete'];

/** The figures to reach: `[scenario, goal, measured, at most, unit]`, where `measured` is `{ value, disturbed }`. */
export function commandGoals(answer) {
  const ours = (scenario, title) => answer(scenario, 'flagctl', title);
  return [
    ...START.flatMap((title) => {
      const found = ours('S18', title);
      return [
        ['S18', `${title} in at most 120 ms`, found, 120e6, 'ns'],
        [
          'S18',
          `${title}: at most 2.5 × node -e 0`,
          found && { value: found.ratio, disturbed: found.disturbed },
          2.5,
          '×',
        ],
      ];
    }),
    ...ENGINES.map((name) => [
      'S19',
      `${SERVERS[name]}: 1,000 manifests applied in at most 5 s`,
      answer('S19', name, 'none of them there'),
      5e9,
      'ns',
    ]),
    ['S20', 'lint of 10,000 flags in at most 3 s', ours('S20', 'lint'), 3e9, 'ns'],
  ];
}
