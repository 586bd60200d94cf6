import { describe, expect, it } from 'vitest';
import {
  type AnalyseOptions,
  analyse,
  type Experiment,
  experimentChart,
  formatExperiment,
  type VariantCount,
} from '../../src/experiment/index.ts';
import { at } from './events.ts';

const count = (name: string, users: number, conversions: number): VariantCount => ({ name, users, conversions });

function experimentOf(
  counts: readonly VariantCount[],
  change: Partial<Experiment> = {},
  options: AnalyseOptions = {},
): Experiment {
  return {
    ...analyse(counts, options),
    flag: 'checkout-button-color',
    conversion: 'purchase',
    period: { first: at(0), last: at(60) },
    inSeveralVariants: 0,
    anonymous: 0,
    reading: {
      lines: 25_000,
      broken: 0,
      exposures: 20_000,
      conversions: 2_175,
      withoutUser: 0,
      outsidePeriod: 0,
      unknownVariant: 0,
    },
    ...change,
  };
}

const THREE = [count('blue', 6650, 665), count('green', 6700, 850), count('red', 6650, 660)];
const EMPTY = { period: undefined };

describe('formatExperiment', () => {
  it('shows variants, the split and the winner', () => {
    expect(formatExperiment(experimentOf(THREE))).toMatchInlineSnapshot(`
      "checkout-button-color: purchase of 20,000 users, shown first at 2026-01-05T00:00:00.000Z and last at 2026-01-05T00:01:00.000Z

      variant  users   share   meant  converted     rate    95 % interval   points  95 % interval     lift         p  p (Holm)
      ───────  ─────  ──────  ──────  ─────────  ───────  ───────────────  ───────  ─────────────  ───────  ────────  ────────
      blue     6,650  33.3 %  33.3 %        665  10.00 %   9.30 – 10.74 %  control
      green    6,700  33.5 %  33.3 %        850  12.69 %  11.91 – 13.50 %    +2.69  +1.61 … +3.76  +26.9 %  < 0.0001  < 0.0001
      red      6,650  33.3 %  33.3 %        660   9.92 %   9.23 – 10.67 %    −0.08  −1.09 … +0.94   −0.8 %    0.8849    0.8849

      split: as meant (chi-squared 0.25 with 2 degrees of freedom, p = 0.8825)
      result: green wins: significantly better than blue, the control
      "
    `);
  });

  it('says loudly that the split is broken, and names no winner', () => {
    const text = formatExperiment(experimentOf([...THREE.slice(0, 2), count('red', 6000, 590)]));
    expect(text).toContain('split: BROKEN. The split itself is broken: do not trust the result (chi-squared ');
    expect(text).toContain('result: none, until the split is repaired');
    expect(text).not.toContain('wins');
    expect(formatExperiment(experimentOf(THREE, {}, { expected: { blue: 1, green: 1 } }))).toContain(
      'do not trust the result (none were expected in red)',
    );
  });

  it('says what was left out, and what is doubtful', () => {
    const { reading } = experimentOf(THREE);
    const left = { ...reading, broken: 3, withoutUser: 1, outsidePeriod: 1200, unknownVariant: 2 };
    const warnings = [{ code: 'many-broken-lines', message: 'many lines could not be read' }] as const;
    const text = formatExperiment(experimentOf(THREE, { reading: left, inSeveralVariants: 1, warnings }));
    expect(text).toContain('\nwarning: many lines could not be read\n');
    expect(text).toContain(
      'left out: 1 user in several variants, 3 of 25,000 lines broken, 1 event without a user, ' +
        '1,200 events outside the period, 2 exposures to no known variant\n',
    );
  });

  it.each([
    ['nothing', [], 'result: none, nothing can be compared'],
    ['one variant', [count('a', 100, 10)], 'result: none, nothing can be compared'],
    [
      'a variant without users',
      [count('a', 9, 1), count('b', 0, 0)],
      'split: not checked, fewer than 5 users expected',
    ],
    ['nobody converted', [count('a', 100, 0), count('b', 100, 0)], 'no difference from a, the control, is significant'],
    ['the control wins', [count('a', 1000, 300), count('b', 1000, 200)], 'result: a, the control, wins'],
    [
      'one is worse',
      [count('a', 999, 300), count('b', 999, 200), count('c', 999, 300)],
      'significantly, b is worse than a',
    ],
    ['small rates', [count('a', 1e6, 12), count('b', 1e6, 41)], '0.0041 %'],
  ])('of %s', (_, counts, expected) => {
    const text = formatExperiment(experimentOf(counts, counts.length === 0 ? EMPTY : {}));
    expect(text).toContain(expected);
    expect(text).not.toMatch(/NaN|undefined|Infinity|−0\.0+\b(?!\d)/);
    expect(text.endsWith('\n')).toBe(true);
  });

  it('lets no name write on the terminal, or on other lines', () => {
    const text = formatExperiment(
      experimentOf([count('\u001B[31mred\nsplit: as meant\u202E', 10, 1), count('b'.repeat(500), 10, 1)]),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/);
    expect(text.match(/^split: /gm)).toHaveLength(1);
    expect(text).toContain(`${'b'.repeat(39)}…`);
  });

  it('has columns of equal width', () => {
    const [header, line, ...rows] = formatExperiment(experimentOf(THREE)).split('\n').slice(2, 7) as [string, string];
    const ends = [...line.matchAll(/─+/g)].map((match) => match.index + match[0].length);
    expect(ends).toHaveLength(12);
    expect(header).toHaveLength(ends.at(-1)!);
    for (const row of rows) for (const end of ends) expect(row[end] ?? ' ').toBe(' ');
  });
});

/** Whether a text is XML: every tag is closed in order, and every character may be there. */
function expectXml(text: string): void {
  const open: string[] = [];
  const rest = text.replace(
    /<(\/?)([a-z]+)((?: [a-zA-Z0-9-]+="[^"<&]*")*)(\/?)>/g,
    (_, end: string, name: string, __, empty: string) => {
      if (end !== '') expect(open.pop()).toBe(name);
      else if (empty === '') open.push(name);
      return '';
    },
  );
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot);)/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0, 2.2 Characters
  expect(text).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Cs}/u);
}

describe('experimentChart', () => {
  const attributes = (svg: string, name: string): readonly number[] =>
    [...svg.matchAll(new RegExp(` ${name}="([^"]*)"`, 'g'))].map((match) => Number(match[1]));

  it('shows a dot and an interval of each variant, the winner by itself', () => {
    const svg = experimentChart(experimentOf(THREE));
    expectXml(svg);
    expect(svg.match(/<circle /g)).toHaveLength(3);
    expect(svg.match(/<circle class="flagwright-winnerDot"/g)).toHaveLength(1);
    const [blue, green, red] = attributes(svg, 'cx') as [number, number, number];
    expect(green).toBeGreaterThan(blue);
    expect(red).toBeLessThan(blue);
    expect(svg).toContain('>12.69 %<');
    expect(svg).toContain('>6,650 users, control<');
    for (const x of [...attributes(svg, 'x1'), ...attributes(svg, 'x2'), ...attributes(svg, 'cx')]) {
      expect(x).toBeGreaterThanOrEqual(200);
      expect(x).toBeLessThanOrEqual(610);
    }
  });

  it('says the same in words, and has colours for light and for dark', () => {
    const svg = experimentChart(experimentOf(THREE));
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*role="img"/);
    expect(svg).toContain('<title>checkout-button-color: purchase by variant</title>');
    expect(svg).toContain('<desc>blue: 10.00 % of 6,650 users, 95 % interval 9.30 % to 10.74 %. green: ');
    expect(svg).toContain('@media (prefers-color-scheme: dark)');
    // nothing is fetched, and nothing runs
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|href|script|@import| on[a-z]+=/);
  });

  it('says that the split is broken', () => {
    const svg = experimentChart(experimentOf([...THREE.slice(0, 2), count('red', 6000, 590)]));
    expect(svg).toMatch(/class="flagwright-alarm"[^>]*>The split itself is broken: do not trust the result</);
    expect(svg).toContain('<desc>The split itself is broken: do not trust the result. ');
    expect(svg).not.toContain('<circle class="flagwright-winnerDot"');
  });

  it.each([
    ['nothing', []],
    ['a variant without users', [count('a', 0, 0), count('b', 3, 1)]],
    ['nobody', [count('a', 0, 0), count('b', 0, 0)]],
    ['0 %', [count('a', 1e6, 0), count('b', 1e6, 0)]],
    ['100 %', [count('a', 10, 10), count('b', 1e7, 1e7)]],
    ['0 % and 100 %', [count('a', 1e6, 0), count('b', 1e6, 1e6)]],
    ['more users than there are', [count('a', Number.MAX_SAFE_INTEGER, 0), count('b', Number.MAX_SAFE_INTEGER, 1)]],
    ['the smallest of rates', [count('a', 1e9, 1), count('b', 1e9, 2)]],
    ['names that are no XML', [count('<script>alert("1")</script>', 9, 1), count('\u0000&amp;\uD800\uFFFF]]>', 9, 1)]],
    ['long names', [count('a'.repeat(300), 9, 1), count('🙂'.repeat(300), 9, 1)]],
  ])('of %s', (_, counts) => {
    const svg = experimentChart(experimentOf(counts, { flag: `"><x & '${'f'.repeat(200)}`, conversion: '<&>' }));
    expectXml(svg);
    expect(svg).not.toMatch(/NaN|undefined|Infinity|>[^<]*e-\d/);
    for (const [, text] of svg.matchAll(/>([^<]*)<\/text>/g))
      expect([...text!.replace(/&[a-z]+;/g, '_')].length).toBeLessThanOrEqual(110);
    expect(svg.match(/flagwright-grid" stroke/g)?.length ?? 0).toBeLessThanOrEqual(8);
  });
});
