import { API_VERSION } from '../manifests/manifests.ts';
import type { Item } from './item.ts';
import type { Outcome } from './send.ts';

/** What may have become of an item, in the order in which it is counted. */
export const KINDS = [
  'created',
  'updated',
  'unchanged',
  'failed',
  'not tried',
  'undone',
  'perhaps done',
  'not sent',
  'not answered',
] as const;

/** What has become of an item, in a word. */
export function wordOf(outcome: Outcome | undefined): (typeof KINDS)[number] {
  switch (outcome?.kind) {
    case 'done':
      return outcome.applied.result ?? 'unchanged';
    case 'failed':
      return 'failed';
    case 'not-tried':
      return 'not tried';
    case 'undone':
      return 'undone';
    case 'unknown':
      return 'perhaps done';
    case 'unanswered':
      return 'not answered';
    default:
      return 'not sent';
  }
}

/** What has become of all items, for programs. */
export function resultOf(items: readonly Item[], outcomes: ReadonlyMap<Item, Outcome>): object {
  return {
    apiVersion: API_VERSION,
    kind: 'ApplyResult',
    items: items.map((item) => {
      const outcome = outcomes.get(item);
      const { kind, id } = item.identity;
      const place = item.manifest.locate([]);
      const at = {
        file: item.manifest.file,
        ...(place === undefined ? {} : { line: place.line, column: place.column }),
      };
      if (outcome?.kind === 'done') {
        const { index, ...applied } = outcome.applied;
        return { ...applied, ...at };
      }
      const own = {
        kind,
        ...(id === undefined ? {} : { id }),
        metadata: item.sent.metadata ?? {},
        result: wordOf(outcome),
        ...at,
      };
      if (outcome?.kind === 'not-tried') return { ...own, because: outcome.because.name };
      if (outcome?.kind !== 'failed') return own;
      const { message, status, code, hint, issues, requestId, members } = outcome.error;
      const located = issues.map((issue) => ({ ...issue, place: item.manifest.locate(issue.path) }));
      return { ...own, problem: { ...members, status, code, detail: message, hint, issues: located, requestId } };
    }),
  };
}
