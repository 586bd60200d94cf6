import { FlagError } from '@flagwright/core';
import { expect, it } from 'vitest';
import { type TurnRequest, turnsOf } from './turns.ts';

/** Work that ends when it is told to. */
function held() {
  const requests: TurnRequest[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const told: (string | number)[] = [];
  const turns = turnsOf<number>(
    (request) => {
      const n = requests.push(request);
      return new Promise((resolve, reject) => ends.push((error) => (error === undefined ? resolve(n) : reject(error))));
    },
    (result, error) => told.push(result ?? error!.message),
  );
  return { requests, ends, told, turns };
}

const PLAIN = { anew: false, force: false };
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('what is wanted during a turn makes one more, that does the most of what was wanted', async () => {
  const { requests, ends, told, turns } = held();
  turns.want(PLAIN);
  turns.want({ anew: true, force: false });
  turns.want({ anew: false, force: true });
  expect(requests).toEqual([PLAIN]);
  ends[0]!();
  await tick();
  expect(requests).toEqual([PLAIN, { anew: true, force: true }]);
  ends[1]!();
  await tick();
  expect(requests).toHaveLength(2);
  expect(told).toEqual([1, 2]);
});

it('who asks is answered by a turn that begins after that', async () => {
  const { ends, turns } = held();
  turns.want(PLAIN);
  const asked = [turns.ask(PLAIN), turns.ask(PLAIN)];
  ends[0]!();
  await tick();
  ends[1]!();
  expect(await Promise.all(asked)).toEqual([2, 2]);
});

it('a turn that fails is told, and the next goes on', async () => {
  const { ends, told, turns } = held();
  const failing = turns.ask(PLAIN);
  ends[0]!(new Error('no'));
  await expect(failing).rejects.toBeInstanceOf(FlagError);
  await tick();
  const next = turns.ask(PLAIN);
  ends[1]!();
  expect(await next).toBe(2);
  expect(told).toEqual(['no', 2]);
});

it('after the end there are none, and the last is waited for', async () => {
  const { requests, ends, turns } = held();
  turns.want(PLAIN);
  const waiting = turns.ask(PLAIN);
  let over = false;
  const closing = turns.close().then(() => {
    over = true;
  });
  await expect(waiting).rejects.toMatchObject({ code: 'NOT_READY' });
  await tick();
  expect(over).toBe(false);
  ends[0]!();
  await closing;
  turns.want(PLAIN);
  await expect(turns.ask(PLAIN)).rejects.toMatchObject({ code: 'NOT_READY' });
  expect(requests).toHaveLength(1);
});
