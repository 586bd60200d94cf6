import { conclusionOf } from './conclusion.ts';
import type { Experiment, VariantResult } from './experiment.ts';
import { decimalsFor, shownConfidence, shownCount, shownName, shownPercent } from './shown.ts';

const WIDTH = 720;
const TOP = 76;
const ROW = 44;
const LEFT = 200;
const RIGHT = WIDTH - 110;
const LONGEST_LABEL = 22;
const LONGEST_TITLE = 75;
const LONGEST_LINE = 100;

/** Colours on white, and on black for readers who prefer it: at least 4.5 : 1 for text (WCAG 2.2, 1.4.3). */
const COLOURS = {
  ground: ['fill', '#ffffff', '#16181d'],
  text: ['fill', '#1b1f24', '#e8eaed'],
  quiet: ['fill', '#59636e', '#a3abb5'],
  alarm: ['fill', '#b42318', '#ff8f85'],
  grid: ['stroke', '#d8dde3', '#3a4049'],
  base: ['stroke', '#59636e', '#a3abb5'],
  plain: ['stroke', '#0a5cc2', '#6cb0ff'],
  winner: ['stroke', '#1a7f37', '#4fd06f'],
  plainDot: ['fill', '#0a5cc2', '#6cb0ff'],
  winnerDot: ['fill', '#1a7f37', '#4fd06f'],
} as const;
type Colour = keyof typeof COLOURS;

/**
 * An experiment as an SVG image of its own, 720 wide: for each variant its rate as a dot, and the interval around it.
 * Says the same in words to who cannot see it, and keeps its contrast on light and dark.
 */
export function experimentChart(experiment: Experiment): string {
  const { flag, conversion, variants, control, confidence, winner, split } = experiment;
  const scale = scaleOf(variants);
  const bottom = TOP + ROW * variants.length;
  const height = bottom + 50;
  const base = variants.find(({ name }) => name === control);
  const title = `${shownName(flag)}: ${shownName(conversion)} by variant`;
  const broken = split.verdict === 'broken';
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}"` +
      ` role="img" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(described(experiment))}</desc>`,
    `<style>@media (prefers-color-scheme: dark) {${darkRules()}}</style>`,
    `<rect ${colour('ground')} width="${WIDTH}" height="${height}"/>`,
    text('text', 16, 28, shownName(title, LONGEST_TITLE), 'font-size="16" font-weight="600"'),
    text(
      broken ? 'alarm' : 'quiet',
      16,
      50,
      broken ? BROKEN : shownName(conclusionOf(experiment), LONGEST_LINE),
      broken ? 'font-weight="600"' : '',
    ),
    ...scale.ticks.flatMap((tick) => [
      line('grid', scale.x(tick), TOP, scale.x(tick), bottom),
      text('quiet', scale.x(tick), bottom + 18, shownPercent(tick, scale.decimals), 'text-anchor="middle"'),
    ]),
    ...(base?.rate === undefined
      ? []
      : [line('base', scale.x(base.rate), TOP, scale.x(base.rate), bottom, 'stroke-dasharray="4 4"')]),
    ...variants.flatMap((variant, i) =>
      rowOf(variant, TOP + ROW * (i + 0.5), scale, variant.name === winner, variant.name === control),
    ),
    text('quiet', 16, bottom + 38, `Conversion rate with its ${shownConfidence(confidence)} interval`),
    '</svg>',
  ].join('\n')}\n`;
}

const BROKEN = 'The split itself is broken: do not trust the result';

interface Scale {
  readonly ticks: readonly number[];
  readonly decimals: number;
  x(rate: number): number;
}

/** The axis from below the lowest end of an interval to above the highest, in steps of 1, 2 or 5. */
function scaleOf(variants: readonly VariantResult[]): Scale {
  const intervals = variants.flatMap(({ interval }) => (interval === undefined ? [] : [interval]));
  const [lowest, highest] = [
    Math.min(1, ...intervals.map(({ low }) => low)),
    Math.max(0, ...intervals.map(({ high }) => high)),
  ];
  const [low, high] = intervals.length === 0 ? [0, 1] : [lowest, highest];
  const raw = Math.max(high - low, 1e-6) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10) * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
  const span = (last - first) * step;
  return {
    ticks,
    decimals: Math.max(0, -Math.floor(Math.log10(step * 100) + 1e-9)),
    x: (rate) => LEFT + ((RIGHT - LEFT) * (rate - first * step)) / span,
  };
}

function rowOf(variant: VariantResult, y: number, scale: Scale, wins: boolean, control: boolean): readonly string[] {
  const { name, users, rate, interval } = variant;
  const label = text(
    'text',
    LEFT - 24,
    y - 2,
    shownName(name, LONGEST_LABEL),
    `text-anchor="end"${wins ? ' font-weight="600"' : ''}`,
  );
  const under = `${shownCount(users)} users${control ? ', control' : ''}`;
  const note = text('quiet', LEFT - 24, y + 14, under, 'text-anchor="end" font-size="11"');
  if (rate === undefined || interval === undefined) return [label, note];
  const [low, high, ink] = [scale.x(interval.low), scale.x(interval.high), wins ? 'winner' : 'plain'] as const;
  return [
    label,
    note,
    line(ink, low, y, high, y, 'stroke-width="2"'),
    line(ink, low, y - 7, low, y + 7, 'stroke-width="2"'),
    line(ink, high, y - 7, high, y + 7, 'stroke-width="2"'),
    `<circle ${colour(`${ink}Dot`)} cx="${round(scale.x(rate))}" cy="${y}" r="5"/>`,
    text('text', RIGHT + 24, y + 5, shownPercent(rate, decimalsFor(interval.high))),
  ];
}

function described(experiment: Experiment): string {
  const { variants, confidence, split } = experiment;
  const rows = variants.map(({ name, users, rate, interval }) => {
    if (rate === undefined || interval === undefined) return `${shownName(name)}: no users.`;
    const decimals = decimalsFor(interval.high);
    const ends = `${shownPercent(interval.low, decimals)} to ${shownPercent(interval.high, decimals)}`;
    return (
      `${shownName(name)}: ${shownPercent(rate, decimals)} of ${shownCount(users)} users, ` +
      `${shownConfidence(confidence)} interval ${ends}.`
    );
  });
  return [...(split.verdict === 'broken' ? [`${BROKEN}.`] : []), ...rows, `${conclusionOf(experiment)}.`].join(' ');
}

const darkRules = (): string =>
  Object.entries(COLOURS)
    .map(([name, [property, , dark]]) => `.flagwright-${name}{${property}:${dark}}`)
    .join('');

/** The light colour as an attribute, which any style wins over. */
const colour = (name: Colour): string => `class="flagwright-${name}" ${COLOURS[name][0]}="${COLOURS[name][1]}"`;

const round = (at: number): number => Math.round(at * 10) / 10;

const line = (ink: Colour, x1: number, y1: number, x2: number, y2: number, more = ''): string =>
  `<line ${colour(ink)} x1="${round(x1)}" y1="${y1}" x2="${round(x2)}" y2="${y2}"${more === '' ? '' : ` ${more}`}/>`;

const text = (ink: Colour, x: number, y: number, content: string, more = ''): string =>
  `<text ${colour(ink)} x="${round(x)}" y="${y}"${more === '' ? '' : ` ${more}`}>${escaped(content)}</text>`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (content: string): string => content.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
