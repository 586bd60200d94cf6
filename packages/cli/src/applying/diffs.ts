import type { Applied } from '@flagwright/server/client';
import { sameOrder } from '../differing/same-order.ts';
import { unified } from '../differing/unified.ts';
import { manifestYaml } from '../output/yaml.ts';
import type { Item } from './item.ts';

/** What a dry run says would change of an item, as a unified diff of its YAML; '' if nothing would. */
export function diffOf(
  { sent }: Pick<Item, 'sent'>,
  { before, after, metadata }: Pick<Applied, 'before' | 'after' | 'metadata'>,
  names = { before: 'current', after: 'new' },
): string {
  const text = (spec: unknown): string =>
    manifestYaml({ apiVersion: sent.apiVersion, kind: sent.kind, metadata, spec });
  if (before === null || before === undefined) return unified('', text(after), names);
  return unified(text(before), text(sameOrder(after, before)), names);
}
