import { jsonEqual } from '@flagwright/core';
import type { Effect } from '@flagwright/server/model';
import type { Bad } from './contexts.ts';
import type { Found } from './numbers.ts';
import type { Sides } from './sides.ts';
import { whole } from './text.ts';
import { isWeighted, ruleIds } from './weights.ts';

/**
 * What the definitions themselves tell of the change, which no context is needed for; and what else is different.
 * `sampled`: the contexts stand for others.
 */
export async function inWords(
  { key, now, after, reasons }: Sides,
  { moved, total }: Found['counted'],
  { sampled, time }: { readonly sampled: boolean; readonly time: number },
): Promise<Pick<Found, 'effect' | 'words'>> {
  if (after === undefined) return { effect: undefined, words: [] };
  const overridden = [now, after].filter((side) => side.snapshot.flags.get(key)?.override !== undefined).length;
  const unsure = overridden === 1 || (overridden === 0 && reasons.length > 0);
  const rest = [
    ...reasons.map(({ text }) => `${text}: what that does is in the numbers alone`),
    ...(unsure && sampled && moved === 0 ? [noneMoves(`${whole(total)} contexts that are made`)] : []),
  ];
  if (overridden > 0) return { effect: undefined, words: rest };
  const { effectOf } = await import('@flagwright/server/model');
  const { attributes, $evaluators } = after.snapshot.document;
  const effect = effectOf(key, now.definition, after.definition, { attributes, evaluators: $evaluators, now: time });
  if (!effect.identical) return { effect, words: [...(await effectLines(effect, reasons.length > 0)), ...rest] };
  if (rest.length > 0) return { effect: undefined, words: [SAME, ...rest] };
  return moved > 0 ? { effect: undefined, words: [SAME] } : { effect, words: ['nothing changes'] };
}

/** What is said where nothing but contexts that stand for others tells who moves. */
export const noneMoves = (made: string): string => `none of ${made} moves; others may`;

const SAME = 'the definition of the flag itself is the same';

/** An effect in lines; with `partial`, something else has one beside it. */
export async function effectLines(effect: Effect, partial: boolean): Promise<readonly string[]> {
  const { formatEffect } = await import('@flagwright/server/model');
  const lines = formatEffect(effect).split('\n');
  return partial
    ? lines.map((line) => (/^nobody (?:else )?is affected$/.test(line) ? `by that, ${line}` : line))
    : lines;
}

/** What is to be known to read the numbers right. */
export function notesOf(
  { key, now, after }: Sides,
  { unseen, unsplit, total }: Found['counted'],
  bad: Bad,
  { sampled, keyed }: { readonly sampled: boolean; readonly keyed: boolean },
): readonly string[] {
  const notes: string[] = [];
  const absent = unseen.filter((name) => name !== 'targetingKey');
  if (absent.length > 0 && total > 0) {
    const hint = sampled ? ' Name them in --generate.' : '';
    notes.push(`The flag reads ${absent.join(', ')}, which no context has.${hint}`);
  }
  const most = Math.max(unsplit.now, unsplit.after);
  if (most > 0) {
    const hint =
      unseen.includes('targetingKey') && !sampled && !keyed ? ' Say which attribute is the key by --key.' : '';
    const lack = most === 1 ? '1 context lacks' : `${most.toLocaleString('en')} contexts lack`;
    notes.push(`${lack} what a split hashes, and ${most === 1 ? 'is' : 'are'} passed over by it.${hint}`);
  }
  if (bad.first !== undefined) notes.push(`The first that was left out: ${bad.first}`);
  if ([now, after].some((side) => side?.snapshot.flags.get(key)?.override !== undefined)) {
    notes.push('An override of the set decides, whatever the flag says.');
  }
  const edited = now.definition;
  if (edited !== undefined && after?.definition !== undefined && !jsonEqual(edited, after.definition)) {
    const rules = ruleIds(edited);
    const deeper = jsonEqual(edited.rules ?? [], after.definition.rules ?? []) && rules.length > 0;
    const split = after.definition.fallthrough !== edited.fallthrough || isWeighted(after.definition);
    if (deeper && split) notes.push(`Rules come first: ${rules.join(', ')}. Change the share of one by --rule.`);
  }
  return notes;
}
