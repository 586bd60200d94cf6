const PERCENT = (share) => (share === undefined ? '–' : `${(share * 100).toFixed(0)} %`);

/** What the last column tells: figures of a machine that others used are of little worth, those of the processor aside. */
const busy = ({ others, disturbed }) => (disturbed ? `disturbed: others ${PERCENT(others)}` : '');

const TITLES = {
  ofrep: ['p50', 'p95', 'p99', 'inside', 'requests/s', 'processor', 'a 1,000', 'asking'],
  writes: ['p50', 'p95', 'p99', 'writes/s', 'processor'],
  lists: ['p95', 'p99', 'processor', 'answer'],
  start: ['listening', 'processor'],
  visible: [
    'sent p95',
    'p99',
    'after p50',
    'p95',
    'p99',
    'all, p99',
    'answered p50',
    'p99',
    'processor',
    'followers',
    'joined',
  ],
};

const FEET = {
  ofrep: [
    '`inside`: until the answer begins, as the server counts; `processor`: what the server uses for one question;',
    '`a 1,000`: the same for 1,000 of them; `asking`: what the process uses that asks.',
  ],
  writes: ['The time of one, as all writers together; p50 … p99: from asking to the answer of one writer.'],
  lists: ['p50, its spread over the rounds; what is not a list: once, and for one of what is named.'],
  start: ['`listening`: until the address is told; `processor`: what the server has used by the first answer.'],
  visible: [
    'Until an evaluation of a follower sees it, over all changes and followers. `sent`: from when the request was sent;',
    '`after`: from when it was answered; `all`: until the last follower does, from when it was sent; `processor`: what the',
    'server uses for a change, `followers`: all of these, which are one process; `joined`: seen as part of a later one.',
  ],
};

/**
 * @param columns lays rows out under their heads
 * @param why tells why a result has no figures
 */
export function controlPlane(scenario, results, { columns, quantity, label, why }) {
  const ns = (value) => (value === undefined || Number.isNaN(value) ? '–' : quantity(value, 'ns'));
  const count = (value) => Math.round(value).toLocaleString('en');
  const lay = {
    ofrep: ({ p50, p95, p99, inside, rate, cpu, asking }) => [
      ...[p50, p95, p99, inside].map(ns),
      count(rate),
      ...[cpu, cpu === undefined ? undefined : cpu * 1000, asking].map(ns),
    ],
    writes: ({ p50, p95, p99, rate, cpu }) => [...[p50, p95, p99].map(ns), count(rate), ns(cpu)],
    lists: ({ p95, p99, cpu, bytes }) => [...[p95, p99, cpu].map(ns), quantity(bytes, 'B')],
    start: ({ listening, cpu }) => [listening, cpu].map(ns),
    visible: (found) => [
      ...[
        'sent p95',
        'sent p99',
        'after p50',
        'after p95',
        'after p99',
        'everywhere p99',
        'answered p50',
        'answered p99',
      ]
        .map((name) => found[name])
        .map(ns),
      ns(found.cpu),
      ns(found.following),
      PERCENT(found.superseded),
    ],
  }[scenario.part];
  const titles = TITLES[scenario.part];
  const rows = Object.entries(results).flatMap(([name, result]) =>
    result.cases === undefined
      ? [[label(name), '', '–', '', ...titles.map(() => ''), why(result)]]
      : Object.entries(result.cases).map(([title, found]) => [
          label(name),
          title,
          ns(found.value),
          `${ns(found.low)} … ${ns(found.high)}`,
          ...lay(found),
          busy(found),
        ]),
  );
  const first = scenario.part === 'visible' ? 'sent p99' : scenario.part === 'lists' ? 'p50' : 'median';
  const table = columns(['', '', first, 'spread', ...titles, ''], rows);
  return [table, ...FEET[scenario.part].map((line) => `\n  ${line}`)].join('');
}
