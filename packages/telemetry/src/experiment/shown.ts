const LONGEST = 40;

/**
 * A name from events as it may be shown anywhere: without characters that terminals, XML or readers take for something
 * else (controls, marks of direction, halves of characters), and at most 40 long.
 */
export function shownName(name: string, longest: number = LONGEST): string {
  const plain = name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/gu, '\uFFFD');
  // a letter is one or two units; no more of them are looked at than may be shown
  const letters = [...plain.slice(0, 2 * (longest + 1))];
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : plain;
}

/** A whole number: `20,000`. */
export const shownCount = (count: number): string => count.toLocaleString('en-US');

/** A part as percent: `12.03 %`. */
export const shownPercent = (part: number, decimals: number): string => `${(100 * part).toFixed(decimals)} %`;

/** A signed part of 100: `+1.52`. */
export function shownPoints(part: number, decimals: number): string {
  const text = (100 * part).toFixed(decimals);
  // no −0.00
  if (Number(text) === 0) return (0).toFixed(decimals);
  return part > 0 ? `+${text}` : text.replace('-', '−');
}

/** A p-value: `0.0412`, `< 0.0001`. */
export const shownP = (p: number): string => (p < 0.0001 ? '< 0.0001' : p.toFixed(4));

/** How many decimals of percent tell rates up to this one apart. */
export function decimalsFor(largest: number): number {
  if (largest >= 0.01 || largest === 0) return 2;
  return largest >= 0.001 ? 3 : 4;
}

/** The confidence as percent: `95 %`. */
export const shownConfidence = (confidence: number): string => `${Number((100 * confidence).toFixed(3))} %`;
