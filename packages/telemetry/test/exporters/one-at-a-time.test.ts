import { describe, expect, it } from 'vitest';
import { oneAtATime } from '../../src/exporters/one-at-a-time.ts';
import { failure, isDecided, patient } from './support.ts';

interface Written {
  readonly items: readonly number[];
  end(thrown?: unknown): void;
}

/** A writer whose writes end when they are told to. */
function writer(): { readonly export: ReturnType<typeof oneAtATime<number>>; readonly writes: Written[] } {
  const writes: Written[] = [];
  const write = (items: readonly number[]): Promise<void> =>
    new Promise((resolve, reject) => {
      writes.push({ items, end: (thrown) => (thrown === undefined ? resolve() : reject(thrown)) });
    });
  return { export: oneAtATime(write), writes };
}

describe('oneAtATime', () => {
  it('writes one batch after another', async () => {
    const { export: send, writes } = writer();
    const [first, second] = [send([1], patient), send([2], patient)];
    expect(await isDecided(first)).toBe(false);
    expect(writes.map(({ items }) => items)).toEqual([[1]]);
    writes[0]!.end(new Error('no'));
    await expect(first).rejects.toThrow('no');
    expect(await isDecided(second)).toBe(false);
    writes[1]!.end();
    await second;
    expect(writes.map(({ items }) => items)).toEqual([[1], [2]]);
  });

  it('writes nothing of a batch that is given up before its turn', async () => {
    const { export: send, writes } = writer();
    const first = send([1], patient);
    const aborter = new AbortController();
    const second = send([2], aborter.signal);
    aborter.abort();
    expect(await failure(second)).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await failure(send([3], aborter.signal))).toMatchObject({ code: 'UNAVAILABLE' });
    writes[0]!.end();
    await first;
    expect(await failure(send([3], aborter.signal))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(writes).toHaveLength(1);
  });

  it('waits for the write of a batch that is offered again meanwhile', async () => {
    const { export: send, writes } = writer();
    const [items, aborter] = [[1], new AbortController()];
    const first = send(items, aborter.signal);
    aborter.abort();
    // it is not known yet
    expect(await isDecided(first)).toBe(false);
    const again = send(items, patient);
    writes[0]!.end();
    await Promise.all([first, again]);
    expect(writes).toHaveLength(1);
  });

  it('takes a batch that was written after it was given up, once', async () => {
    const { export: send, writes } = writer();
    const [items, aborter] = [[1], new AbortController()];
    const first = send(items, aborter.signal);
    aborter.abort();
    writes[0]!.end();
    await first;
    await send(items, patient);
    expect(writes).toHaveLength(1);
    // the same array once more is another batch
    const third = send(items, patient);
    expect(writes).toHaveLength(2);
    writes[1]!.end();
    await third;
  });

  it('writes a batch again that failed after it was given up', async () => {
    const { export: send, writes } = writer();
    const [items, aborter] = [[1], new AbortController()];
    const first = send(items, aborter.signal);
    aborter.abort();
    writes[0]!.end(new Error('no'));
    await failure(first);
    const again = send(items, patient);
    expect(writes).toHaveLength(2);
    writes[1]!.end();
    await again;
  });

  it('has nothing to do for no items', async () => {
    const { export: send, writes } = writer();
    await send([], patient);
    expect(writes).toEqual([]);
  });
});
