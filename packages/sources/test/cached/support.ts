import type { FlagSet, FlagSource, Observer } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { vi } from 'vitest';
import { entriesOf } from '../../src/documents.ts';

export type Read = FlagSource['read'];

/** A source whose answers the test decides. */
export interface Hand extends FlagSource {
  answer: Read;
  readonly asked: { readonly previous: FlagSet | undefined; readonly signal: AbortSignal | undefined }[];
  readonly observers: Set<Observer>;
}

export function hand(answer: Read): Hand {
  const asked: Hand['asked'] = [];
  const observers: Hand['observers'] = new Set();
  return {
    name: 'hand',
    answer,
    asked,
    observers,
    read(previous, signal) {
      asked.push({ previous, signal });
      return this.answer(previous, signal);
    },
    subscribe(observer) {
      observers.add(observer);
      return () => void observers.delete(observer);
    },
  };
}

/** A set of one flag, `theme`. */
export const setOf = (value: string, revision: string = value): FlagSet => ({
  document: { flags: { theme: { default: value } } },
  revision,
});

export const themeOf = ({ document }: FlagSet): unknown =>
  (new Map(entriesOf(document.flags)).get('theme') as { readonly default: unknown }).default;

export const good =
  (value: string): Read =>
  async () =>
    setOf(value);

export const away: Read = async () => {
  throw new FlagError('UNAVAILABLE', 'connection refused');
};

export const never: Read = () => new Promise(() => undefined);

/** Waits until a check passes. */
export const eventually = (check: () => unknown): Promise<unknown> =>
  vi.waitFor(check, { timeout: 10_000, interval: 5 });
