import { COUNTERS, counterKey, numberOf, twinKey } from '../crew/flags.ts';
import type { Ledger } from '../crew/writer.ts';

/** By how much each counter was raised by all writers. */
function expected(ledgers: readonly Ledger[]): readonly number[] {
  return Array.from({ length: COUNTERS }, (_, i) => ledgers.reduce((total, { raised }) => total + raised[i]!, 0));
}

/** How many commits that were acknowledged are not in the flags. */
export function lostIn(content: ReadonlyMap<string, unknown>, ledgers: readonly Ledger[]): number {
  const counts = expected(ledgers).map((count, i) => Math.max(0, count - numberOf(content.get(counterKey(i)))));
  const changes = ledgers
    .flatMap(({ added }) => Object.entries(added))
    .filter(([key, what]) => {
      return what === 'either' ? false : (what === 'there') !== content.has(key);
    });
  return counts.reduce((total, count) => total + count, 0) + changes.length;
}

/** What in the flags does not fit what the writers were told, and what they themselves found. */
export function check(content: ReadonlyMap<string, unknown>, ledgers: readonly Ledger[]): readonly string[] {
  const wrong = ledgers.flatMap(({ problems }) => problems);
  for (const [i, count] of expected(ledgers).entries()) {
    const found = numberOf(content.get(counterKey(i)));
    if (found !== count) wrong.push(`${counterKey(i)} is ${found} and was raised ${count} times`);
  }
  const known = new Set<string>();
  for (const [key, what] of ledgers.flatMap(({ added }) => Object.entries(added))) {
    known.add(key).add(twinKey(key));
    if (what !== 'either' && (what === 'there') !== content.has(key)) {
      wrong.push(`${key} should be ${what}, and is ${content.has(key) ? 'there' : 'gone'}`);
    }
  }
  for (const key of content.keys()) if (key.startsWith('added-') && !known.has(key)) wrong.push(`nobody added ${key}`);
  return wrong;
}
