import type { JsonValue, Resolver } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { formatShadow, type ShadowOptions, type ShadowReport, type ShadowResolver, shadow } from '../src/index.ts';
import type { FlagComparison } from '../src/shadow/ledger.ts';
import { type Facts, verdictOf } from '../src/shadow/verdict.ts';
import { answer, answering, failing, flagOf, reported, serving, soon, started } from './shadow-support.ts';

// A false "safe" is the worst a shadow can say.

afterEach(() => void vi.useRealTimers());

const flag = (key: string, more: Partial<FlagComparison> = {}): FlagComparison => ({
  key,
  compared: 100,
  counted: 100,
  mismatches: { value: 0, variant: 0, reason: 0 },
  settled: 0,
  primaryErrors: 0,
  skipped: 0,
  undecided: 0,
  errors: 0,
  last: undefined,
  ...more,
});

const GOOD: Facts = {
  candidate: { status: 'ready' },
  compared: 100,
  candidateErrors: 0,
  flags: [flag('a')],
  others: undefined,
  settlingKeys: [],
  pendingPerFlag: new Map(),
  overdue: [],
  notSeen: [],
  missing: [],
};

describe('the verdict', () => {
  it('is safe where nothing is in the way', () => {
    expect(verdictOf(GOOD, 100)).toEqual({ safe: true, reasons: [], warnings: [] });
    const edited = flag('a', { settled: 10, skipped: 100 });
    expect(verdictOf({ ...GOOD, flags: [edited] }, 100)).toEqual({ safe: true, reasons: [], warnings: [] });
  });

  it.each<[Partial<Facts>, readonly string[]]>([
    [{ candidate: { status: 'stale' } }, ['the candidate is stale']],
    [{ candidate: { status: 'starting' } }, ['the candidate is starting']],
    [{ compared: 0, flags: [] }, ['nothing was compared']],
    [{ flags: [flag('a', { mismatches: { value: 1, variant: 0, reason: 0 } })] }, ['values differ: a']],
    [{ flags: [flag('a', { errors: 1 })], candidateErrors: 1 }, ['the candidate fails: a']],
    [{ candidateErrors: 1 }, ['the candidate fails for keys that are no flags of the primary']],
    [{ flags: [flag('a', { compared: 99, counted: 99 })] }, ['compared less than 100 times: a']],
    [{ flags: [flag('a', { counted: 99 })] }, ['the primary fails, or differences are undecided: a']],
    [{ flags: [flag('a', { skipped: 101 })] }, ['more was skipped than compared: a']],
    [{ flags: [flag('a', { settled: 11 })] }, ['more than one in ten differs at first: a']],
    [{ settlingKeys: ['b'] }, ['still settling: b']],
    [{ pendingPerFlag: new Map([['a', 101]]) }, ['more is pending than was compared: a']],
    [{ pendingPerFlag: new Map([['b', 1]]) }, ['more is pending than was compared: b']],
    [{ overdue: ['a'] }, ['pending for too long: a']],
    [{ others: flag('others') }, ['more flags than are told apart']],
    [{ others: flag('o', { errors: 1 }) }, ['the candidate fails: o', 'more flags than are told apart']],
  ])('%j is in the way', (facts, reasons) => {
    expect(verdictOf({ ...GOOD, ...facts }, 100)).toEqual({ safe: false, reasons, warnings: [] });
  });

  it.each<[Partial<Facts>, string]>([
    [{ flags: [flag('a', { mismatches: { value: 0, variant: 1, reason: 0 } })] }, 'variants differ: a'],
    [{ flags: [flag('a', { mismatches: { value: 0, variant: 0, reason: 1 } })] }, 'reasons differ: a'],
    [{ flags: [flag('a', { primaryErrors: 1 })] }, 'the primary answers errors: a'],
    [{ flags: [flag('a', { undecided: 1 })] }, 'undecided at times: a'],
    [{ notSeen: ['b'] }, 'not seen: b'],
    [{ missing: ['b'] }, 'not listed by the candidate: b'],
  ])('%j is worth a look', (facts, warning) => {
    expect(verdictOf({ ...GOOD, ...facts }, 100)).toEqual({ safe: true, reasons: [], warnings: [warning] });
  });
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const agreeing = (): Resolver => answering(() => answer(true));

/** Asks so often, for users who are counted. */
function ask(tried: ShadowResolver, key: string, times: number, context = {}): void {
  for (let i = 0; i < times; i++) tried.resolve('boolean', key, false, { n: i, ...context });
}

function looked({ compared, skipped, undecided, candidateErrors, unknown, settling }: ShadowReport): number {
  return compared + skipped + undecided + candidateErrors + unknown + settling;
}

describe('it is not safe', () => {
  it('while what differs cannot be repeated for all that agrees: it counts, or is undecided', async () => {
    const slow = answering(async (_key, _fallback, { n }) => {
      await pause(5);
      return answer(Number(n) % 2 === 0);
    });
    const options = { sample: 1, settle: 40, queue: 20, concurrency: 2, enough: 5 };
    const tried = await started(shadow(agreeing(), slow, options));
    let n = 0;
    const load = setInterval(() => {
      for (let i = 0; i < 20; i++) tried.resolve('boolean', 'flag', false, { n: n++ });
    }, 1);
    let wasSafe = false;
    const ends = Date.now() + 400;
    while (Date.now() < ends) {
      await pause(1);
      wasSafe ||= tried.report().safe;
    }
    clearInterval(load);
    expect(wasSafe).toBe(false);
    const report = tried.report();
    expect(report.mismatched).toBeGreaterThan(0);
    expect(report.reasons).toContain('values differ: flag');
  });

  it('for differences without room, until so many agree after them', async () => {
    let now = true;
    const tried = await started(
      shadow(
        agreeing(),
        answering(() => answer(now)),
        { sample: 1, settle: 30, enough: 20 },
      ),
    );
    ask(tried, 'flag', 200);
    expect(await reported(tried, ({ compared }) => compared === 200)).toMatchObject({ safe: true });
    now = false;
    ask(tried, 'flag', 12);
    const report = await reported(tried, ({ undecided }) => undecided === 2);
    expect(report.reasons).toEqual(['the primary fails, or differences are undecided: flag', 'still settling: flag']);
    now = true;
    const settled = await reported(tried, (found) => found.settled === 10);
    expect(settled.reasons).toEqual(['the primary fails, or differences are undecided: flag']);
    ask(tried, 'flag', 10);
    expect(await reported(tried, ({ compared }) => compared === 220)).toMatchObject({
      safe: true,
      warnings: ['undecided at times: flag'],
    });
  });

  it('while something settles, also of flags of which nothing is decided', async () => {
    const other = answering((key, _fallback, { n }) => answer(key !== 'bad' && n !== 7));
    const tried = await started(shadow(agreeing(), other, { sample: 1, settle: 60_000, enough: 5 }));
    ask(tried, 'flag', 10);
    ask(tried, 'bad', 3);
    const report = await reported(tried, (found) => looked(found) === 13);
    expect(report).toMatchObject({ safe: false, settling: 4, reasons: ['still settling: flag, bad'] });
    await tried.stop();
  });

  it('while what was to be repeated waits for its turn', async () => {
    const hangs = answering((_key, _fallback, { n }) =>
      n === 0 ? answer(false) : new Promise<never>(() => undefined),
    );
    const tried = await started(shadow(agreeing(), hangs, { sample: 1, settle: 5, concurrency: 1, timeout: 60_000 }));
    ask(tried, 'flag', 2);
    await reported(tried, ({ settling }) => settling === 1);
    await pause(30);
    expect(tried.report()).toMatchObject({ settling: 1 });
    expect(tried.report().reasons).toContain('still settling: flag');
    await tried.stop();
    expect(tried.report()).toMatchObject({ settling: 0, pending: 0, undecided: 2 });
  });

  it('where what differed could not be asked again, for the candidate was away', async () => {
    let tell = (_away: boolean): void => undefined;
    const other = answering(() => answer(false), {
      start: async ({ error, ready }) => {
        tell = (away) => (away ? error(new FlagError('UNAVAILABLE', 'away')) : ready());
      },
    });
    const tried = await started(shadow(agreeing(), other, { sample: 1, settle: 10, enough: 1 }));
    ask(tried, 'flag', 1);
    await reported(tried, ({ settling }) => settling === 1);
    tell(true);
    const report = await reported(tried, ({ settling }) => settling === 0);
    expect(report).toMatchObject({ undecided: 1, mismatched: 0, skipped: 0 });
    expect(flagOf(report, 'flag')).toMatchObject({ undecided: 1, counted: 0 });
  });

  it('where what differed could not be asked again, for the primary was not ready', async () => {
    let ready = true;
    const primary = answering((_key, fallback) => (ready ? answer(true) : failing(fallback, 'PROVIDER_NOT_READY')));
    const other = answering(() => answer(false));
    const tried = await started(shadow(primary, other, { sample: 1, settle: 10, enough: 1 }));
    ask(tried, 'flag', 1);
    await reported(tried, ({ settling }) => settling === 1);
    ready = false;
    const report = await reported(tried, ({ settling }) => settling === 0);
    expect(report).toMatchObject({ undecided: 1, skipped: 0, reasons: ['nothing was compared', expect.any(String)] });
  });

  it('for a flag that was only skipped', async () => {
    const tried = shadow(agreeing(), agreeing(), { sample: 1, enough: 5 });
    ask(tried, 'boot', 3);
    await started(tried);
    ask(tried, 'flag', 5);
    const report = await reported(tried, ({ compared }) => compared === 5);
    expect(report.reasons).toEqual(['compared less than 5 times: boot', 'more was skipped than compared: boot']);
    expect(flagOf(report, 'boot')).toMatchObject({ skipped: 3, compared: 0 });
  });

  it('for a flag that was only skipped by a primary that answers later; what is no flag is not kept', async () => {
    const primary = answering(async (key, fallback) =>
      key === 'boot' ? answer(true) : failing(fallback, 'FLAG_NOT_FOUND'),
    );
    const tried = shadow(primary, agreeing(), { sample: 1 });
    for (const key of ['boot', 'nonsense']) tried.resolve('boolean', key, false, {});
    expect(await reported(tried, ({ skipped }) => skipped === 2)).toMatchObject({ flags: [{ key: 'boot' }] });
  });

  it('for a value that is always wrong at first, where something else is wrong ever after', async () => {
    for (const more of [{ variant: 'enabled' }, { reason: 'TARGETING_MATCH' }]) {
      const seen = new Set<unknown>();
      const cold = answering((_key, _fallback, { n }) => answer(seen.size === seen.add(n).size, more));
      const primary = answering(() => answer(true, { variant: 'on' }));
      const tried = await started(shadow(primary, cold, { sample: 1, settle: 5, enough: 10 }));
      ask(tried, 'flag', 10);
      const report = await reported(tried, ({ compared }) => compared === 10);
      expect(report).toMatchObject({ settled: 10, reasons: ['more than one in ten differs at first: flag'] });
      expect(flagOf(report, 'flag')).toMatchObject({ settled: 10, mismatches: { value: 0 } });
    }
  });

  it('while more is pending than was compared, or anything for long; stop forgets none of it', async () => {
    let n = 0;
    const hangs = answering(() => (n++ < 10 ? answer(true) : new Promise<never>(() => undefined)));
    const tried = await started(shadow(agreeing(), hangs, { sample: 1, enough: 5, concurrency: 2, timeout: 60_000 }));
    ask(tried, 'flag', 10);
    expect(await reported(tried, ({ compared }) => compared === 10)).toMatchObject({ safe: true, pending: 0 });
    ask(tried, 'flag', 11);
    ask(tried, 'other', 1);
    const report = await reported(tried, ({ pending }) => pending === 12);
    expect(report.reasons).toEqual(['more is pending than was compared: flag, other']);
    expect(formatShadow(report)).toContain(' 12 pending, ');
    await soon(() => expect(n).toBe(12));
    await tried.stop();
    expect(tried.report()).toMatchObject({ pending: 0, undecided: 2, skipped: 10 });
    expect(flagOf(tried.report(), 'flag')).toMatchObject({ counted: 0, undecided: 2, skipped: 9 });
    expect(flagOf(tried.report(), 'other')).toMatchObject({ skipped: 1 });

    n = 0;
    const slow = await started(shadow(agreeing(), hangs, { sample: 1, enough: 5, timeout: 100 }));
    ask(slow, 'flag', 11);
    await reported(slow, ({ compared, pending }) => compared === 10 && pending === 1);
    await soon(() => expect(slow.report().reasons).toEqual(['pending for too long: flag']));
    expect(await reported(slow, ({ pending }) => pending === 0)).toMatchObject({ candidateErrors: 1 });
  });

  it('for a candidate that fails only at first', async () => {
    const seen = new Set<unknown>();
    const cold = answering((_key, fallback, { n }) =>
      seen.size === seen.add(n).size || n !== 0 ? answer(true) : failing(fallback, 'GENERAL'),
    );
    const tried = await started(shadow(agreeing(), cold, { sample: 1, settle: 5, enough: 10 }));
    ask(tried, 'flag', 40);
    const report = await reported(tried, ({ compared, candidateErrors }) => compared + candidateErrors === 40);
    expect(report).toMatchObject({ candidateErrors: 1, settled: 0, reasons: ['the candidate fails: flag'] });
  });

  it('for a candidate that is always wrong at first', async () => {
    const seen = new Set<unknown>();
    const cold = answering((_key, _fallback, { n }) => {
      const again = seen.has(n);
      seen.add(n);
      return answer(again || Number(n) >= 8);
    });
    const tried = await started(shadow(agreeing(), cold, { sample: 1, settle: 5, enough: 10 }));
    ask(tried, 'flag', 40);
    const report = await reported(tried, ({ settled, compared }) => settled === 8 && compared === 40);
    expect(report).toMatchObject({ safe: false, reasons: ['more than one in ten differs at first: flag'] });
    expect(flagOf(report, 'flag')).toMatchObject({ settled: 8, compared: 40, mismatches: { value: 0 } });
    for (let n = 0; n < 40; n++) tried.resolve('boolean', 'flag', false, { n: 100 + n });
    expect(await reported(tried, ({ compared }) => compared === 80)).toMatchObject({ safe: true });
  });

  it.each<[string, (fallback: JsonValue) => unknown, (fallback: JsonValue) => unknown]>([
    [
      'both answer the same error',
      (fallback) => failing(fallback, 'GENERAL'),
      (fallback) => failing(fallback, 'GENERAL'),
    ],
    ['both answer errors', (fallback) => failing(fallback, 'GENERAL'), (fallback) => failing(fallback, 'PARSE_ERROR')],
    ['the primary has no such flag', (fallback) => failing(fallback, 'FLAG_NOT_FOUND'), () => answer(false)],
    ['the primary is in error', (fallback) => failing(fallback, 'GENERAL'), () => answer(false)],
  ])('where %s, and callers get the same', async (_what, one, other) => {
    const [primary, candidate] = [
      answering((_, fallback) => one(fallback)),
      answering((_, fallback) => other(fallback)),
    ];
    const tried = await started(shadow(primary, candidate, { sample: 1, settle: 0, enough: 5 }));
    ask(tried, 'flag', 10);
    const report = await reported(tried, ({ compared }) => compared === 10);
    expect(report.reasons).toEqual(['the primary fails, or differences are undecided: flag']);
    expect(report.warnings).toContain('the primary answers errors: flag');
    expect(flagOf(report, 'flag')).toMatchObject({ primaryErrors: 10, counted: 0, mismatches: { value: 0 } });
  });

  it('where the primary answers what is no JSON, rejects, throws, or is asked with what cannot be copied', async () => {
    const odd: readonly (() => unknown)[] = [
      () => answer(new Date(0) as never),
      () => Promise.reject(new Error('boom')),
      () => {
        throw new Error('boom');
      },
    ];
    for (const does of odd) {
      const tried = await started(shadow(answering(does), agreeing(), { sample: 1, enough: 1 }));
      await (async () => tried.resolve('boolean', 'flag', false, {}))().catch(() => undefined);
      const report = await reported(tried, ({ undecided }) => undecided === 1);
      expect(report.reasons).toEqual(['nothing was compared', 'compared less than 1 times: flag']);
    }
    const tried = await started(shadow(agreeing(), agreeing(), { sample: 1, enough: 1 }));
    tried.resolve('boolean', 'flag', false, {});
    tried.resolve('boolean', 'flag', false, { when: new Map() });
    const report = await reported(tried, ({ compared }) => compared === 1);
    expect(report).toMatchObject({ undecided: 1, compared: 1 });
  });

  it('for an answer of the primary that never comes; it is not waited for without end', async () => {
    const primary = answering((key) =>
      key === 'hangs' ? new Promise(() => undefined) : Promise.resolve(answer(true)),
    );
    const options: ShadowOptions = { sample: 1, timeout: 20, queue: 3, enough: 1 };
    const tried = await started(shadow(primary, agreeing(), options));
    for (let i = 0; i < 5; i++) void tried.resolve('boolean', 'hangs', false, {});
    expect(await reported(tried, (found) => looked(found) === 5)).toMatchObject({ undecided: 3, skipped: 2 });
    await tried.resolve('boolean', 'flag', false, {});
    expect(await reported(tried, ({ compared }) => compared === 1)).toMatchObject({ safe: false });
  });

  it('after a stop that came before something could be repeated', async () => {
    let wrong = true;
    const other = answering(() => answer(!wrong));
    const tried = await started(shadow(agreeing(), other, { sample: 1, settle: 60_000, enough: 3 }));
    ask(tried, 'flag', 2);
    await reported(tried, ({ settling }) => settling === 2);
    await tried.stop();
    wrong = false;
    await started(tried);
    ask(tried, 'flag', 2);
    const report = await reported(tried, ({ compared }) => compared === 2);
    expect(report).toMatchObject({ undecided: 1, reasons: ['compared less than 3 times: flag'] });
  });
});

it('what is to be repeated comes before what is new', async () => {
  const asked: unknown[] = [];
  let free = (): void => undefined;
  const other = answering((_key, _fallback, { user }) => {
    asked.push(user);
    if (user === 'slow') return new Promise((resolve) => (free = () => resolve(answer(true))));
    return answer(false);
  });
  const tried = await started(
    shadow(agreeing(), other, { sample: 1, settle: 20, concurrency: 1, queue: 3, timeout: 60_000 }),
  );
  const asks = (user: string): unknown => tried.resolve('boolean', 'flag', false, { user });
  asks('differs');
  await reported(tried, ({ settling }) => settling === 1);
  for (const user of ['slow', 'new', 'newer', 'newest', 'too many']) asks(user);
  await pause(60);
  expect(asked).toEqual(['differs', 'slow']);
  free();
  await reported(tried, ({ mismatched }) => mismatched === 1);
  await reported(tried, ({ settling }) => settling >= 2);
  expect(asked.slice(0, 5)).toEqual(['differs', 'slow', 'differs', 'new', 'newer']);
  await tried.stop();
});

it('values that are no plain JSON are failures of the candidate; what is undefined is not there', async () => {
  class Money {
    readonly amount = 1;
  }
  const odd: readonly unknown[] = [new Date(0), new Map([[1, 2]]), new Boolean(true), new Money(), Number.NaN, 1n];
  for (const value of [...odd, undefined, { inside: new Date(0) }, [undefined], { f: () => 1 }]) {
    const other = answering(() => answer(value as never));
    const tried = await started(
      shadow(
        answering(() => answer({})),
        other,
        { sample: 1 },
      ),
    );
    tried.resolve('object', 'flag', {}, {});
    const report = await reported(tried, ({ candidateErrors }) => candidateErrors === 1);
    expect(flagOf(report, 'flag')?.last?.candidate.errorCode).toMatch(/^UN(SUPPORTED|KNOWN)$/);
  }
  const [one, other] = [
    { a: 1, b: undefined, ['__proto__']: [{}] },
    { ['__proto__']: [{ c: undefined }], a: 1 },
  ];
  const same = await started(
    shadow(
      answering(() => answer(one as never)),
      answering(() => answer(other as never)),
      { sample: 1, enough: 1 },
    ),
  );
  same.resolve('object', 'flag', {}, {});
  expect(await reported(same, ({ compared }) => compared === 1)).toMatchObject({ safe: true });
});

it('with an error callers get their default, whatever else is answered', async () => {
  for (const value of ['other', undefined, new Map()]) {
    const primary = answering(() => answer(value as never, { reason: 'ERROR', errorCode: 'GENERAL' }));
    const other = answering((_key, fallback) => answer(fallback));
    const tried = await started(shadow(primary, other, { sample: 1, settle: 0 }));
    tried.resolve('string', 'flag', 'default', {});
    const report = await reported(tried, ({ compared }) => compared === 1);
    expect(flagOf(report, 'flag')).toMatchObject({ mismatches: { value: 0, reason: 1 }, primaryErrors: 1 });
  }
});

it('a resolver is no shadow of itself', () => {
  const one = serving(new Map());
  expect(() => shadow(one, one)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});
