/** Commands, each with the time of whole processes. */
export function commands(_scenario, results, { columns, quantity, label, why }) {
  const ns = (value) => quantity(value, 'ns');
  const rows = Object.entries(results).flatMap(([name, result]) =>
    result.cases === undefined
      ? [[label(name), '', '–', '', '', '', '', '', why(result)]]
      : Object.entries(result.cases).map(([title, found]) =>
          found.value === undefined
            ? [label(name), title, '–', '', '', '', '', '', found.cannot.split('\n')[0].slice(0, 120)]
            : [
                label(name),
                title,
                ns(found.value),
                `${ns(found.low)} … ${ns(found.high)}`,
                `${ns(found.least)} … ${ns(found.most)}`,
                found.ratio === undefined
                  ? ''
                  : `${quantity(found.ratio, '×')} (${found.lower.toFixed(2)} … ${found.upper.toFixed(2)})`,
                Number.isNaN(found.cpu) ? '–' : ns(found.cpu),
                `${found.rounds}`,
                found.disturbed ? 'disturbed' : '',
              ],
        ),
  );
  const head = ['', '', 'median', 'quartiles', 'all', 'of node -e 0', 'processor', 'rounds', ''];
  return columns(head, rows);
}
