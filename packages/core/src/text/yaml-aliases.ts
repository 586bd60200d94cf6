import type { Event, MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml';
import { EVENT_ID } from 'js-yaml';
import type { Fault } from './fault.ts';
import { tooDeep } from './fault.ts';
import { offsetOf } from './yaml-positions.ts';

/** Aliases that, when followed ("billion laughs"), add more values than this are refused. */
const MAX_EXTRA_NODES = 1_000_000;

/** Sizes and depths once aliases are followed, in one pass: an alias costs what its anchor holds. */
export function inspectAliases(text: string, events: readonly Event[], maxDepth: number): Fault | undefined {
  if (!events.some((event) => event.type === EVENT_ID.ALIAS)) return undefined;
  type Size = { nodes: number; depth: number };
  type Open = Size & { readonly anchor: string | undefined };
  const anchors = new Map<string, Size | undefined>();
  const stack: Open[] = [{ nodes: 0, depth: 0, anchor: undefined }];
  const nameOf = (event: ScalarEvent | SequenceEvent | MappingEvent): string | undefined =>
    event.anchorStart === -1 ? undefined : text.slice(event.anchorStart, event.anchorEnd);
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) {
      anchors.clear();
      stack.push({ nodes: 0, depth: 0, anchor: undefined });
      continue;
    }
    let size: Size;
    const offset = offsetOf(event);
    if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING) {
      const anchor = nameOf(event);
      if (anchor !== undefined) anchors.set(anchor, undefined);
      stack.push({ nodes: 1, depth: 1, anchor });
      continue;
    } else if (event.type === EVENT_ID.POP) {
      const closed = stack.pop()!;
      size = closed;
      if (closed.anchor !== undefined) anchors.set(closed.anchor, closed);
    } else if (event.type === EVENT_ID.ALIAS) {
      const name = text.slice(event.anchorStart, event.anchorEnd);
      const target = anchors.get(name);
      if (target === undefined) {
        if (!anchors.has(name)) continue; // not defined: js-yaml says so
        return {
          offset,
          code: 'recursive-alias',
          message: `the alias *${name} stands inside what it refers to`,
          expected: 'a value that ends',
        };
      }
      size = target;
    } else {
      size = { nodes: 1, depth: 0 };
      const anchor = nameOf(event);
      if (anchor !== undefined) anchors.set(anchor, size);
    }
    const parent = stack.at(-1)!;
    parent.nodes += size.nodes;
    parent.depth = Math.max(parent.depth, size.depth + 1);
    if (parent.nodes > MAX_EXTRA_NODES + events.length) {
      return {
        offset,
        code: 'too-large',
        message: `aliases add more than ${MAX_EXTRA_NODES} values to this text`,
        expected: 'fewer or smaller aliases',
      };
    }
    if (event.type !== EVENT_ID.ALIAS) continue;
    if (stack.length - 2 + size.depth > maxDepth) return tooDeep(offset, maxDepth);
  }
  return undefined;
}
