import { readFileSync } from 'node:fs';
import { follow } from '@flagwright/core';
import { memoryStore } from '@flagwright/sources/memory';
import { expect, it } from 'vitest';
import { evaluationStats, healthReport } from '../../src/health/index.ts';
import { evaluated } from './support.ts';

const page = '../../../../docs/health.md';
const [START, END] = ['<!-- example:start -->', '<!-- example:end -->'] as const;
const NOON = Date.UTC(2026, 0, 31, 12);

/** What a health check says of flags that are well, but for the times that differ from run to run. */
async function example(): Promise<string> {
  const store = memoryStore(
    { flags: { checkout: { type: 'boolean', default: true }, theme: { type: 'string', default: 'light' } } },
    { name: 'postgres' },
  );
  const stats = evaluationStats();
  const follower = follow(store, { clock: () => NOON, onRead: stats.onRead });
  await follower.ready();
  for (let i = 0; i < 2_000; i++) {
    stats(evaluated(0.0004 + (i % 100) * 0.00001, NOON, i % 1_000 === 0 ? 'FLAG_NOT_FOUND' : undefined));
  }
  const health = () => ({ ...follower.health(), age: 4_210, latency: 1.942, revision: 'production.42' });
  const check = healthReport({ health, stats }).health();
  await follower.close();
  return JSON.stringify(check, undefined, 2);
}

it('docs/health.md shows what is answered', async () => {
  const text = readFileSync(new URL(page, import.meta.url), 'utf8');
  const [before, rest, ...more] = text.split(START);
  const [, after, ...others] = (rest ?? '').split(END);
  expect([more.length, others.length, typeof after], `${START} and ${END}, once each`).toEqual([0, 0, 'string']);
  const shown = `${before}${START}\n\n\`\`\`json\n${await example()}\n\`\`\`\n\n${END}${after}`;
  await expect(shown).toMatchFileSnapshot(page);
});
