import { BACKENDS } from './names.mjs';

/** The figures to reach: `[scenario, goal, measured case, at most, unit]`. A change over HTTP is the whole document. */
export function propagationGoals(answer) {
  const time = (name) => answer('propagation-time', name, '10 followers');
  const each = (names, goals) => Object.entries(names).flatMap(([name, label]) => goals(name, label));
  const { http: _, ...differences } = BACKENDS;
  return [
    ...each(BACKENDS, (name, label) => [
      ['propagation-time', `${label}: seen by 10 followers within 25 ms, p99`, time(name), 25e6],
    ]),
    ...each(differences, (name, label) => [
      [
        'propagation-change',
        `${label}: at most 2 ms of processor a change`,
        answer('propagation-change', name, 'cpu'),
        2e6,
      ],
      ['propagation-change', `${label}: one entry sent a change`, answer('propagation-change', name, 'rows'), 1, ''],
    ]),
    ...each(BACKENDS, (name, label) => [
      ['propagation-load', `${label}: 100,000 flags in at most 3 s`, answer('propagation-load', name, 'load'), 3e9],
      [
        'propagation-load',
        `${label}: at most 1.2 KB resident a flag`,
        answer('propagation-load', name, 'resident'),
        1229,
        'B',
      ],
    ]),
  ];
}
