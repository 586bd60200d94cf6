import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { guarded, type Metrics } from '../../src/index.ts';

// What metrics of an application do in the background ends nothing.

let said: string[] = [];
beforeEach(() => {
  said = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void said.push(String(warning)));
});
afterEach(() => vi.restoreAllMocks());

const METHODS = [
  'recordProviderLatency',
  'recordProviderError',
  'setFlagCounts',
  'setProviderState',
  'forgetProvider',
  'recordEvents',
  'setEventQueue',
] as const;

it.each(METHODS)('%s that throws, or rejects, is told once', async (method) => {
  for (const broken of [
    () => {
      throw new Error('away');
    },
    async () => {
      throw new Error('away');
    },
  ]) {
    said = [];
    const background = guarded({ [method]: broken } as unknown as Metrics);
    for (let i = 0; i < 3; i++) (background[method] as (...args: unknown[]) => void)('a', 'b', 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(said).toEqual([`the method ${method} of metrics threw: away`]);
  }
});

it('methods that are missing do nothing; the others are called as methods, with everything', () => {
  const metrics = {
    calls: [] as unknown[],
    recordEvents(...args: unknown[]) {
      this.calls.push(args);
    },
  };
  const background = guarded(metrics as unknown as Metrics);
  background.setEventQueue('file', 3);
  background.recordEvents('file', 'sent', 2);
  expect([metrics.calls, said]).toEqual([[['file', 'sent', 2]], []]);
});
