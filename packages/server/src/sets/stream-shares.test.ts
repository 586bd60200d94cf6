import { expect, it } from 'vitest';
import type { Principal } from '../access/principal.ts';
import { Problem } from '../http/problem.ts';
import { streamShares } from './stream-shares.ts';

const holder = (token: string | undefined, subject = 'ada'): Principal => ({
  subject,
  token,
  role: 'sdk',
  projects: undefined,
  stages: undefined,
});

/** The status and the wait of a refusal. */
function refused(take: () => unknown): string {
  try {
    take();
    return 'taken';
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown;
    return `${thrown.status} ${thrown.headers['retry-after']}`;
  }
}

it('each set has a share, and each token', () => {
  const shares = streamShares({ all: 100, perSet: 2, perToken: 1 });
  const web = { project: 'web', stage: 'dev' };
  const leave = shares.ofSet(web);
  shares.ofSet(web);
  expect(refused(() => shares.ofSet(web))).toBe('429 30');
  expect(refused(() => shares.ofSet({ project: 'web', stage: 'prod' }))).toBe('taken');
  shares.ofToken(holder('t1'));
  expect(refused(() => shares.ofToken(holder('t1')))).toBe('429 30');
  expect(refused(() => shares.ofToken(holder('t2')))).toBe('taken');
  shares.ofToken(holder(undefined, 'ada'));
  expect(refused(() => shares.ofToken(holder(undefined, 'ada')))).toBe('429 30');
  expect(refused(() => shares.ofToken(holder(undefined, 'bob')))).toBe('taken');
  // given back once, however often it is told
  leave();
  leave();
  expect(refused(() => shares.ofSet(web))).toBe('taken');
  expect(refused(() => shares.ofSet(web))).toBe('429 30');
});

it('all together are bounded', () => {
  const shares = streamShares({ all: 2 });
  const leave = shares.ofSet({ project: 'a', stage: 'dev' });
  shares.ofToken(holder('t1'));
  expect(refused(() => shares.ofToken(holder('t2')))).toBe('503 30');
  expect(shares.size).toBe(2);
  leave();
  expect(refused(() => shares.ofToken(holder('t2')))).toBe('taken');
});

it.each([{ all: 0 }, { perSet: 1.5 }, { perToken: -1 }])('%j makes no sense', (limits) => {
  expect(() => streamShares(limits)).toThrow('expected a number of event streams');
});
