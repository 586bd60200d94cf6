import type { Event, ScalarEvent } from 'js-yaml';
import { COLLECTION_STYLE, EVENT_ID, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import type { Fault } from './fault.ts';
import { duplicateKey, MOST_FAULTS } from './fault.ts';
import type { Position } from './position.ts';

/** What `buildPositions` finds. */
export interface Built {
  readonly root: Position | undefined;
  readonly duplicates: readonly Fault[];
  /** Offsets of plain keys `<<`. */
  readonly merges: readonly number[];
}

interface Open {
  readonly entries: Map<string, Position> | undefined;
  readonly items: Position[] | undefined;
  readonly position: Position;
  readonly anchor: string | undefined;
  key: string | undefined;
  keyOffset: number;
}

/** Positions from events, for the first document that is not null. */
export function buildPositions(text: string, events: readonly Event[]): Built {
  const stack: Open[] = [];
  const anchors = new Map<string, Position>();
  const duplicates: Fault[] = [];
  const merges: number[] = [];
  let root: Position | undefined;

  const path = (): (string | number)[] => stack.map((open) => open.key ?? open.items?.length ?? '');
  const keyOffset = (own: number): number => {
    const parent = stack.at(-1);
    return parent?.key === undefined ? own : parent.keyOffset;
  };
  /** Puts a value, or a key, where it belongs. */
  const add = (position: Position, key: string | undefined, offset: number): void => {
    const parent = stack.at(-1);
    if (parent === undefined) {
      // a document that is a map wins over one that is null
      if (root?.entries === undefined && root?.items === undefined) root = position;
    } else if (parent.items !== undefined) {
      parent.items.push(position);
    } else if (parent.key === undefined) {
      parent.key = key ?? '';
      parent.keyOffset = offset;
      const first = parent.entries!.get(parent.key);
      if (first !== undefined && duplicates.length < MOST_FAULTS)
        duplicates.push(duplicateKey(parent.key, offset, first.keyOffset, path()));
    } else {
      parent.entries!.set(parent.key, position);
      parent.key = undefined;
    }
  };

  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        anchors.clear();
        break;
      case EVENT_ID.SCALAR: {
        const start = scalarStart(event);
        const written = start === -1 ? offsetOf(event) : start;
        const parent = stack.at(-1);
        const value =
          parent?.entries !== undefined && (parent.key === undefined || parent.key === 'key')
            ? getScalarValue(text, event)
            : undefined;
        const isKey = parent?.entries !== undefined && parent.key === undefined;
        if (isKey && value === '<<' && event.style === SCALAR_STYLE.PLAIN) merges.push(written);
        if (parent === undefined && start === -1) break; // an empty document
        const own = isBlock(event) || start === -1 ? keyOffset(written) : start;
        const position: Position = {
          offset: own,
          keyOffset: keyOffset(written),
          ...(value === undefined || isKey ? {} : { key: value }),
        };
        if (event.anchorStart !== -1) anchors.set(text.slice(event.anchorStart, event.anchorEnd), position);
        add(position, value, written);
        break;
      }
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING: {
        const entries = event.type === EVENT_ID.MAPPING ? new Map<string, Position>() : undefined;
        const items: Position[] | undefined = entries === undefined ? [] : undefined;
        const at = keyOffset(event.start);
        const position: Position = {
          offset: event.style === COLLECTION_STYLE.BLOCK ? at : event.start,
          keyOffset: at,
          ...(entries === undefined ? {} : { entries }),
          ...(items === undefined ? {} : { items }),
        };
        const anchor = event.anchorStart === -1 ? undefined : text.slice(event.anchorStart, event.anchorEnd);
        stack.push({ entries, items, position, anchor, key: undefined, keyOffset: at });
        break;
      }
      case EVENT_ID.ALIAS: {
        const offset = event.anchorStart - 1;
        const target = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
        add({ ...target, offset, keyOffset: keyOffset(offset) }, target?.key, offset);
        break;
      }
      case EVENT_ID.POP: {
        const open = stack.pop();
        if (open === undefined) break; // the end of a document
        if (open.anchor !== undefined) anchors.set(open.anchor, open.position);
        add(open.position, undefined, open.position.offset);
        break;
      }
    }
  }
  return { root, duplicates, merges };
}

function isBlock({ style }: ScalarEvent): boolean {
  return style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
}

/** Where an event starts, its tag and anchor included. */
export function offsetOf(event: Event | undefined): number {
  if (event === undefined || event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) return 0;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart - 1;
  const value = event.type === EVENT_ID.SCALAR ? scalarStart(event) : event.start;
  const all = [event.tagStart, event.anchorStart === -1 ? -1 : event.anchorStart - 1, value].filter((at) => at !== -1);
  return all.length === 0 ? 0 : Math.min(...all);
}

/** Where a scalar starts, its quote included; -1 for one that is not written. */
function scalarStart({ valueStart, style }: ScalarEvent): number {
  const quoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
  return quoted ? valueStart - 1 : valueStart;
}
