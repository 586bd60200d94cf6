import { type Sink, type TrackRecord, tellSinks } from '@flagwright/core';
import { expect, it, vi } from 'vitest';

const record: TrackRecord = { kind: 'track', event: 'bought', context: {}, data: {}, at: 0 };

it('a sink that throws or rejects is told in a warning, and disturbs nobody', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const seen: unknown[] = [];
  const sinks: Sink[] = [
    () => {
      throw new Error('thrown');
    },
    async () => {
      throw new Error('rejected');
    },
    (one) => void seen.push(one),
  ];
  tellSinks(sinks, record);
  expect(seen).toEqual([record]);
  await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(2));
  expect(warn.mock.calls.map(([message]) => message)).toEqual([
    'a flag sink threw: thrown',
    'a flag sink threw: rejected',
  ]);
  warn.mockRestore();
});

it.each([0, 1, 2, 3])('of four sinks, number %i may throw: the others are told, in order', (bad) => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const seen: number[] = [];
  const sinks = [0, 1, 2, 3].map(
    (n): Sink =>
      () => {
        if (n === bad) throw new Error('thrown');
        seen.push(n);
      },
  );
  tellSinks(sinks, record);
  expect(seen).toEqual([0, 1, 2, 3].filter((n) => n !== bad));
  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
});
