import { commands } from './cli/report.mjs';
import { controlPlane } from './control-plane/report.mjs';
import { propagation } from './propagation/report.mjs';
import { isLimit, isPeer, LABELS } from './subjects/index.mjs';

const TIME = [
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
];

/** A quantity with three significant digits: `4.21 ns`, `12.3 MB`, `1.32 ×`. */
export function quantity(value, unit) {
  if (value === undefined) return '–';
  if (unit === '×') return `${digits(value)} ×`;
  if (unit === 'B') return bytes(value);
  if (unit === '') return digits(value);
  const [size, name] = TIME.find(([least]) => value >= least) ?? TIME[2];
  return `${digits(value / size)} ${name}`;
}

function bytes(value) {
  if (Math.abs(value) < 10_000) return `${Math.round(value)} B`;
  return value < 2 ** 20 ? `${digits(value / 1024)} KB` : `${digits(value / 2 ** 20)} MB`;
}

const digits = (value) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3));

/** Rows of text in columns; the first column to the left, the last free. */
function columns(head, rows) {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => [...(row[i] ?? '')].length)));
  const line = (row) =>
    row
      .map((cell, i) =>
        i === 0 || i === row.length - 1 ? (cell ?? '').padEnd(widths[i]) : (cell ?? '').padStart(widths[i]),
      )
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)]
    .map((text) => `  ${text}`)
    .join('\n');
}

/** Why there is no figure. */
function why(result) {
  if (result?.unbuilt !== undefined) return 'not built yet';
  if (result?.failed !== undefined) return `FAILED: ${result.failed.split('\n')[0].slice(0, 60)}…`;
  return result?.cannot ?? 'not run';
}

/** The tables of one scenario. `results` is `{ subject: { cases?, cannot?, … } }`, aggregated over the rounds. */
export function tables(scenario, results) {
  const title = `\n${scenario.id}  ${scenario.title}\n`;
  if (scenario.layout === 'grid') return title + grid(scenario, results);
  return (
    title +
    {
      calls: timed,
      resolve: timed,
      gates: beside,
      load: loads,
      sdk: ratios,
      added,
      sinks: added,
      hooks: added,
      hang: added,
      batch: batches,
      heap: heaps,
      propagation: laidOutBy(propagation),
      'control-plane': laidOutBy(controlPlane),
      commands: laidOutBy(commands),
    }[scenario.kind](scenario, results)
  );
}

function timed(scenario, results) {
  const names = Object.keys(scenario.cases);
  return names.map((name) => (names.length > 1 ? `\n  ${name}\n` : '') + oneCase(scenario, results, name)).join('\n');
}

function oneCase(scenario, results, name) {
  const of = (subject) => results[subject]?.cases?.[name];
  const limit = of(scenario.limit)?.value;
  const peers = Object.keys(results).filter((subject) => isPeer(subject) && of(subject)?.value !== undefined);
  const best = peers.length === 0 ? undefined : Math.min(...peers.map((subject) => of(subject).value));
  const rows = Object.entries(results).map(([subject, result]) => {
    const found = of(subject);
    if (found?.value === undefined) return [LABELS[subject], '–', '', '', '', '', found?.cannot ?? why(result)];
    const { value, low, high, allocated, awaits } = found;
    return [
      LABELS[subject],
      quantity(value, 'ns'),
      `${quantity(low, 'ns')} … ${quantity(high, 'ns')}`,
      limit === undefined || isLimit(subject) || subject === 'nothing' ? '' : quantity(value / limit, '×'),
      best === undefined || isLimit(subject) || subject === 'nothing' ? '' : quantity(value / best, '×'),
      quantity(allocated, 'B'),
      [awaits ? 'awaited' : result.note, found.disturbed && 'disturbed'].filter(Boolean).join('; '),
    ];
  });
  return columns(['', 'median', 'spread', 'of limit', 'of best peer', 'a call', ''], rows);
}

/** Feature gates, each beside a `Map` in its own process. */
function beside(scenario, results) {
  return Object.keys(scenario.cases)
    .map((name) => {
      const rows = Object.entries(results).map(([subject, result]) => {
        const found = result?.cases?.[name];
        if (found === undefined) return [LABELS[subject], '–', '', '', '', why(result)];
        const { value, low, high, ratio, lower, upper, allocated } = found;
        return [
          LABELS[subject],
          quantity(value, 'ns'),
          `${quantity(low, 'ns')} … ${quantity(high, 'ns')}`,
          `${quantity(ratio, '×')} (${digits(lower)} … ${digits(upper)})`,
          quantity(allocated, 'B'),
          found.disturbed ? 'disturbed' : '',
        ];
      });
      return `\n  ${name}\n${columns(['', 'median', 'spread', 'of Map.get beside it', 'a call', ''], rows)}`;
    })
    .join('\n');
}

/** Who takes an object has had its text parsed; that time is not in the load. */
function taken(takes, cases) {
  return takes === 'object' ? `object (parse ${quantity(cases.parse.value, 'ns')})` : takes;
}

/** One row a subject, one column a case. */
function grid(scenario, results) {
  const names = Object.keys(scenario.cases);
  const rows = Object.entries(results).map(([subject, result]) => [
    LABELS[subject],
    ...names.map((name) => quantity(result.cases?.[name]?.value, 'ns')),
    result.cases === undefined ? why(result) : names.some((name) => result.cases[name].disturbed) ? 'disturbed' : '',
  ]);
  return columns(['', ...names, ''], rows);
}

function loads(_scenario, results) {
  const names = ['cold load', 'cold ready', 'load', 'kept', 'kept ready', 'change'];
  const rows = Object.entries(results).map(([subject, { cases, takes, note, ...rest }]) =>
    cases === undefined
      ? [LABELS[subject], '', ...names.map(() => '–'), why(rest)]
      : [
          LABELS[subject],
          taken(takes, cases),
          ...names.map((name) => quantity(cases[name]?.value, cases[name]?.unit)),
          note ?? '',
        ],
  );
  return columns(
    ['', 'takes', 'first load', '+ all asked', 'load, warm', 'kept', '+ all asked', 'change one', ''],
    rows,
  );
}

function ratios(scenario, results) {
  const rows = Object.entries(results).flatMap(([subject, result]) =>
    Object.keys(scenario.cases).map((name) => {
      const found = result.cases?.[name];
      const label = subject === 'constant' ? 'constant against itself' : LABELS[subject];
      if (found?.ratio === undefined) return [label, name, '–', '', '', '', found?.cannot ?? why(result)];
      const ci = `${found.lower.toFixed(3)} … ${found.upper.toFixed(3)}`;
      return [
        label,
        name,
        quantity(found.value, 'ns'),
        quantity(found.base, 'ns'),
        found.ratio.toFixed(3),
        ci,
        `${found.rounds} rounds`,
      ];
    }),
  );
  return columns(['', 'case', 'median', 'constant', 'ratio', '95 % interval', ''], rows);
}

/** `processes`: the least and the most of their medians, since the interval knows only of blocks. */
function added(scenario, results) {
  const rows = Object.entries(results).flatMap(([subject, result]) =>
    Object.keys(scenario.cases).map((name) => {
      const found = result.cases?.[name];
      if (found?.added === undefined) return [LABELS[subject], name, '–', '', '', '', '', '', '', '', why(result)];
      const { value, base, caller, apart, ratio, rounds, disturbed } = found;
      const { middle, lower, upper } = found.added;
      return [
        LABELS[subject],
        name,
        quantity(value, 'ns'),
        quantity(base, 'ns'),
        quantity(middle, 'ns'),
        `${lower.toFixed(2)} … ${upper.toFixed(2)}`,
        `${apart.low.toFixed(1)} … ${apart.high.toFixed(1)}`,
        quantity(caller, 'ns'),
        `${ratio.toFixed(3)} (${found.lower.toFixed(3)} … ${found.upper.toFixed(3)})`,
        quantity(found.allocated, 'B'),
        `${rounds} rounds${disturbed ? '; disturbed' : ''}`,
      ];
    }),
  );
  const base = { hooks: 'empty', hang: 'well' }[scenario.kind] ?? 'bare';
  const head = [
    '',
    'case',
    'median',
    base,
    'adds',
    '95 % interval',
    'processes',
    'to the caller',
    'ratio',
    'a call',
    '',
  ];
  return columns(head, rows);
}

function heaps(_scenario, results) {
  const rows = Object.entries(results).flatMap(([subject, result]) => {
    if (result.cases === undefined) return [[LABELS[subject], '', '', '–', '', '', why(result)]];
    return Object.entries(result.cases).map(([name, found]) => {
      const each = `${(found.value / found.calls).toFixed(5)} B`;
      return [
        LABELS[subject],
        name,
        found.calls.toLocaleString('en'),
        quantity(found.value, 'B'),
        each,
        found.collections.join(', ') || 'none',
        '',
      ];
    });
  });
  return columns(['', 'case', 'calls', 'heap delta', 'a call', 'collections', ''], rows);
}

function batches(_scenario, results) {
  const rows = Object.entries(results).flatMap(([subject, result]) => {
    if (result.cases === undefined) return [[LABELS[subject], '–', '', '', '', '', '', '', why(result)]];
    return Object.values(result.cases).map((found) => [
      LABELS[subject],
      quantity(found.value, 'ns'),
      `${quantity(found.low, 'ns')} … ${quantity(found.high, 'ns')}`,
      quantity(found.cpu / found.events, 'ns'),
      found.events.toLocaleString('en'),
      found.dropped.toLocaleString('en'),
      found.lines?.toLocaleString('en') ?? '',
      quantity(found.bytes, 'B'),
      quantity(found.memory, 'B'),
      found.disturbed ? 'disturbed' : '',
    ]);
  });
  const head = ['', 'median', 'spread', 'each', 'events', 'dropped', 'lines', 'file', 'memory', ''];
  return columns(head, rows);
}

/** Tables of scenarios that bring their own layout. */
function laidOutBy(layout) {
  return (scenario, results) =>
    layout(scenario, results, { columns, quantity, why, label: (subject) => LABELS[subject] });
}

/** Every goal with what was measured. */
export function verdicts(list) {
  const rows = list.map(({ scenario, goal, verdict, value, most, unit, lower, upper, disturbed }) => [
    scenario,
    verdict === 'unmeasured' ? '–' : quantity(value, unit),
    verdict === 'unmeasured' ? '–' : quantity(most, unit),
    disturbed ? `${verdict}, disturbed` : verdict,
    lower === undefined ? goal : `${goal} (${lower.toFixed(3)} … ${upper.toFixed(3)})`,
  ]);
  return `\nGoals\n${columns(['', 'measured', 'at most', '', ''], rows)}`;
}
