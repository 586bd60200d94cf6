import type { Analysis } from './experiment.ts';
import { shownName } from './shown.ts';

/** What an analysis says, in one line. */
export function conclusionOf({ winner, control, comparisons, split }: Analysis): string {
  if (split.verdict === 'broken') return 'result: none, until the split is repaired and the experiment is run again';
  if (comparisons.length === 0 || control === undefined) return 'result: none, nothing can be compared';
  const base = `${shownName(control)}, the control`;
  if (winner === control) return `result: ${base}, wins: every other variant is significantly worse`;
  if (winner !== undefined) return `result: ${shownName(winner)} wins: significantly better than ${base}`;
  const certain = comparisons.filter(({ significant }) => significant);
  if (certain.length === 0) return `result: no winner, no difference from ${base}, is significant`;
  const words = certain.map(
    ({ variant, difference }) => `${shownName(variant)} is ${difference > 0 ? 'better' : 'worse'}`,
  );
  return `result: no winner; significantly, ${words.join(', ')} than ${base}`;
}
