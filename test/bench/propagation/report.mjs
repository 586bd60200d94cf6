/** The tables of the three parts. */
const MS = (ns) => (ns / 1e6).toFixed(Math.abs(ns) < 1e7 ? 2 : Math.abs(ns) < 1e8 ? 1 : 0);
const PERCENT = (share) => (share === undefined ? '–' : `${(share * 100).toFixed(0)} %`);

/** What the others column tells. */
const busy = ({ others, disturbed }) => (disturbed ? `disturbed: others ${PERCENT(others)}` : '');

/**
 * @param columns lays rows out under their heads
 * @param why tells why a result has no figures
 */
export function propagation(scenario, results, { columns, quantity, label, why }) {
  const lay = { time: times, change: changes, load: loads }[scenario.part];
  const { head, rows, foot } = lay(scenario, results, { quantity, label, why });
  return [columns(head, rows), ...foot.map((line) => `\n  ${line}`)].join('');
}

function times(_scenario, results, { label, why }) {
  const head = [
    '',
    'followers',
    'p50',
    'p95',
    'p99',
    'most',
    'all, p99',
    'called p50',
    'p99',
    'commit p50',
    'commits/s',
    'joined',
    '',
  ];
  const rows = Object.entries(results).flatMap(([name, result]) => {
    if (result.cases === undefined) return [[label(name), ...head.slice(2).map(() => '–'), why(result)]];
    return Object.entries(result.cases).map(([title, found]) => {
      const { after, fromCall, everywhere, commit, rate, superseded } = found;
      return [
        label(name),
        title,
        ...[after.p50, after.p95, after.p99, after.most, everywhere.p99, fromCall.p50, fromCall.p99, commit.p50].map(
          MS,
        ),
        rate.toFixed(0),
        PERCENT(superseded),
        busy(found),
      ];
    });
  });
  const all = Object.values(results).flatMap(({ cases }) => Object.values(cases ?? {}));
  const clocks =
    all.length === 0
      ? []
      : [`The clocks of the processes agree to within ${MS(Math.max(...all.map(({ clock }) => clock)))} ms.`];
  const foot = [
    'ms from the resolved commit until an evaluation in another process sees it, over all commits and followers;',
    '`all`: until the last follower does; `called`: from the call of the commit; `joined`: seen as part of a later one.',
    ...clocks,
  ];
  return { head, rows, foot };
}

function changes(_scenario, results, { quantity, label, why }) {
  const head = ['', 'received', 'sent', 'entries', 'processor', 'idle', 'recompiled', 'first load', ''];
  const rows = Object.entries(results).map(([name, result]) => {
    const { cases } = result;
    if (cases === undefined) return [label(name), ...head.slice(2).map(() => '–'), why(result)];
    return [
      label(name),
      quantity(cases.received.value, 'B'),
      quantity(cases.sent.value, 'B'),
      quantity(cases.rows.value, ''),
      quantity(cases.cpu.value, 'ns'),
      quantity(cases.cpu.idle, 'ns'),
      quantity(cases.recompiled.value, ''),
      quantity(cases['first load'].value, 'ns'),
      [name === 'http' && 'the whole document each time', busy(cases.cpu)].filter(Boolean).join('; '),
    ];
  });
  return {
    head,
    rows,
    foot: ['For each change, in the process that follows; `idle`: what it uses in the same time without changes.'],
  };
}

function loads(_scenario, results, { quantity, label, why }) {
  const head = [
    '',
    'first load',
    '+ all asked',
    'resident a flag',
    '+ all asked',
    'heap a flag',
    '+ all asked',
    'peak',
    'load of one',
    '',
  ];
  const names = ['load', 'asked', 'resident', 'resident, asked', 'heap', 'heap, asked', 'peak', 'single'];
  const rows = Object.entries(results).map(([name, result]) =>
    result.cases === undefined
      ? [label(name), ...names.map(() => '–'), why(result)]
      : [
          label(name),
          ...names.map((each) => quantity(result.cases[each].value, result.cases[each].unit)),
          busy(result.cases.load),
        ],
  );
  return {
    head,
    rows,
    foot: ['In a fresh process; memory is what it holds more than with a set of one flag, after a collection.'],
  };
}
