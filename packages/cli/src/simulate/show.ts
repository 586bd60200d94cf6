import type { Call } from '../grammar/call.ts';
import { safe } from '../output/safe.ts';
import { shellWord } from '../output/shell-word.ts';
import { type Style, styleOf } from '../output/style.ts';
import { uncertainty } from './interval.ts';
import type { Found } from './numbers.ts';
import { columns, left, percent, right, shortened, whole, widthOf } from './text.ts';

/** Of more outcomes, only the most frequent are shown. */
const MOST_BARS = 20;

/** A table of more outcomes is a list. */
const MOST_TABLE = 8;

/** Whether a terminal shows more than ASCII, by its locale; one that says nothing does. */
function isUnicode({ world: { env }, has }: Pick<Call, 'world' | 'has'>): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  return !has('plain') && env.TERM !== 'dumb' && (locale === undefined || /utf-?8/i.test(locale));
}

interface Page {
  readonly found: Found;
  readonly style: Style;
  readonly unicode: boolean;
  readonly width: number;
  /** The outcomes that are shown, by number. */
  readonly shown: readonly number[];
}

/** What a simulation found, for people. */
export function shownText(found: Found, call: Call): string {
  const { counted } = found;
  const most = (i: number): number => Math.max(counted.now[i]!, counted.after?.[i] ?? 0);
  const all = counted.outcomes.map((_, i) => i).filter((i) => most(i) > 0 || counted.outcomes[i]!.kind === 'variant');
  const kept = new Set([...all].sort((a, b) => most(b) - most(a)).slice(0, MOST_BARS));
  const page: Page = {
    found,
    style: styleOf(call),
    unicode: isUnicode(call),
    width: call.world.terminal.columns,
    shown: all.filter((i) => kept.has(i)),
  };
  const parts = [headOf(page), barsOf(page, 'now', counted.now)];
  if (all.length > kept.size) parts.push(`  and ${all.length - kept.size} more outcomes, which are less frequent`);
  if (counted.after !== undefined) {
    parts.push(barsOf(page, 'after', counted.after));
    parts.push(...movesOf(page));
  }
  if (counted.by !== undefined) parts.push(partsOf(page));
  if (found.words.length > 0) {
    parts.push(`In words:\n${found.words.map((line) => `  ${safe(line)}`).join('\n')}`);
  }
  if (found.notes.length > 0) parts.push(found.notes.map((note) => safe(note)).join('\n'));
  return `${parts.join('\n\n')}\n`;
}

function headOf({ found, style }: Page): string {
  const { flag, title, change, contexts, counted } = found;
  const skipped = contexts.skipped === 0 ? '' : `, ${whole(contexts.skipped)} left out`;
  const lines = [
    `${style.bold(safe(flag))} in ${safe(title)}${change === undefined ? '' : `, and ${safe(change === 'the change' ? 'after the change' : `as ${change} has it`)}`}`,
    `${whole(counted.total)} ${counted.total === 1 ? 'context' : 'contexts'} ${contexts.sampled ? '' : 'of '}${safe(contexts.title)}${skipped}`,
  ];
  if (contexts.generator !== undefined) {
    lines.push(`  --generate ${shellWord(contexts.generator)}`);
  }
  if (contexts.derived) {
    const text = [
      'These are made of what the flag asks for, and of what is next to it, and are not your users: give',
      '--contexts or --generate for shares that mean something.',
    ];
    lines.push(...text.map(style.dim));
  }
  return lines.join('\n');
}

function barsOf({ found, style, unicode, width, shown }: Page, title: string, counts: readonly number[]): string {
  const { outcomes, total } = found.counted;
  const rows = shown.map((i) => {
    const count = counts[i]!;
    const around = `${unicode ? '±' : '+-'} ${(uncertainty(count, total) * 100).toFixed(1)}`;
    return {
      name: shortened(outcomes[i]!.name),
      share: total === 0 ? 0 : count / total,
      cells: [percent(count, total), whole(count), ...(found.contexts.sampled ? [around] : [])],
    };
  });
  const nameWidth = Math.max(...rows.map(({ name }) => widthOf(name)), 3);
  const cellWidths = (rows[0]?.cells ?? []).map((_, i) => Math.max(...rows.map(({ cells }) => widthOf(cells[i]!))));
  const taken = 2 + nameWidth + 2 + cellWidths.reduce((sum, cell) => sum + 2 + cell, 0);
  const length = Math.max(10, Math.min(40, width - taken));
  const lines = rows.map(({ name, share, cells }) => {
    const full = share > 0 ? Math.max(1, Math.round(share * length)) : 0;
    const bar = style.cyan((unicode ? '█' : '#').repeat(full)) + style.dim((unicode ? '░' : '.').repeat(length - full));
    return `  ${left(name, nameWidth)}  ${bar}${cells.map((cell, i) => `  ${right(cell, cellWidths[i]!)}`).join('')}`;
  });
  return [title, ...lines].join('\n');
}

function movesOf(page: Page): readonly string[] {
  const { found, style, unicode, shown } = page;
  const { moved, total, moves, outcomes } = found.counted;
  const name = (i: number): string => shortened(outcomes[i]!.name);
  const around = found.contexts.sampled
    ? ` ${unicode ? '±' : '+-'} ${(uncertainty(moved, total) * 100).toFixed(1)}`
    : '';
  const lines = [style.bold(`moved ${whole(moved)} of ${whole(total)} (${percent(moved, total)}${around})`)];
  const pairs = moves
    .flatMap((row, from) => row.map((count, to) => ({ from, to, count })))
    .filter(({ from, to, count }) => from !== to && count > 0)
    .sort((a, b) => b.count - a.count);
  for (const { from, to, count } of pairs.slice(0, MOST_BARS)) {
    lines.push(`  ${whole(count)} from ${name(from)} to ${name(to)}`);
  }
  if (pairs.length > MOST_BARS) lines.push(`  and ${pairs.length - MOST_BARS} more ways`);
  const { losses, swaps, had: before } = found.sticky;
  if (before === 'nothing') lines.push(style.green('None of them loses what they had.'));
  if (before === 'default') lines.push('None of them had anything but the default.');
  for (const { outcome, had, lost } of losses) {
    lines.push(
      style.yellow(`${whole(lost)} of the ${whole(had)} who have ${name(outcome)} lose it (${percent(lost, had)}).`),
    );
  }
  for (const { from, to, count } of swaps) {
    lines.push(
      style.yellow(`${whole(count)} of them are moved from ${name(from)} to ${name(to)}, neither of them the default.`),
    );
  }
  const table = moved === 0 || shown.length > MOST_TABLE ? undefined : tableOf(page);
  return table === undefined ? [lines.join('\n')] : [table, lines.join('\n')];
}

/** Rows are what is now, columns what is after; undefined if it is too wide. */
function tableOf({ found, width, shown, style }: Page): string | undefined {
  const { outcomes, moves, now, after, total } = found.counted;
  const name = (i: number): string => shortened(outcomes[i]!.name);
  const used = shown.filter((i) => now[i]! > 0 || after![i]! > 0);
  const rows = [
    ['from \\ to', ...used.map(name), 'now'],
    ...used.map((from) => [
      name(from),
      ...used.map((to) =>
        moves[from]![to] === 0 ? '-' : `${whole(moves[from]![to]!)}  ${percent(moves[from]![to]!, total)}`,
      ),
      `${whole(now[from]!)}  ${percent(now[from]!, total)}`,
    ]),
    ['after', ...used.map((to) => `${whole(after![to]!)}  ${percent(after![to]!, total)}`), whole(total)],
  ];
  const lines = columns(rows);
  if (lines.some((line) => widthOf(line) + 2 > width)) return undefined;
  return lines.map((line, i) => `  ${i === 0 ? style.dim(line) : line}`).join('\n');
}

function partsOf({ found, shown, style, width }: Page): string {
  const { outcomes, by, after } = found.counted;
  const rows = (counts: readonly number[], total: number): readonly string[] =>
    shown.map((i) => percent(counts[i]!, total));
  const names = shown.map((i) => shortened(outcomes[i]!.name));
  const head = [
    by!.attribute,
    'contexts',
    ...names,
    ...(after === undefined ? [] : [...names.map((name) => `${name} after`), 'moved']),
  ];
  const lines = columns([
    head.map((cell) => shortened(cell)),
    ...by!.parts.map((part) => [
      shortened(part.value),
      whole(part.total),
      ...rows(part.now, part.total),
      ...(after === undefined ? [] : [...rows(part.after, part.total), percent(part.moved, part.total)]),
    ]),
  ]);
  const narrow = lines.some((line) => widthOf(line) + 2 > width);
  const kept = narrow
    ? columns([
        [shortened(by!.attribute), 'contexts', ...(after === undefined ? [] : ['moved'])],
        ...by!.parts.map((part) => [
          shortened(part.value),
          whole(part.total),
          ...(after === undefined ? [] : [percent(part.moved, part.total)]),
        ]),
      ])
    : lines;
  return [
    ...kept.map((line, i) => `  ${i === 0 ? style.dim(line) : line}`),
    ...(by!.others === 0 ? [] : [`  and ${whole(by!.others)} contexts with other values`]),
  ].join('\n');
}
