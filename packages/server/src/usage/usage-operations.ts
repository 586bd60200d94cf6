import { instantOf, preview, wallTime } from '@flagwright/core';
import type { Database } from '../database/database.ts';
import type { Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { pageOf } from '../query/page.ts';
import { type Key, keys } from '../resources/resource.ts';
import { notFound } from '../resources/save.ts';
import { find } from '../resources/table.ts';
import { BASE } from '../schema/definitions.ts';
import { addUsage, type Count } from './add.ts';
import { flagUsage, staleFlags } from './read.ts';
import { spanOf } from './span.ts';
import { KEPT_DAYS } from './upkeep.ts';
import { FLAG_USAGE, STALE_FLAGS, USAGE_ADDED, USAGE_REPORT } from './usage-schemas.ts';

const TAG = 'Usage';
const PROJECT = `${BASE}/projects/{project}`;
const HOUR = 3_600_000;

/** How far the clock of an application may be ahead of ours, in ms. */
const AHEAD = HOUR;

/** A body of the shape of `USAGE_REPORT`. */
interface Report {
  readonly batch?: string;
  readonly counts: readonly (Omit<Count, 'at'> & { readonly at?: string })[];
}

/** Options of `usageOperations`. */
export interface UsageOperationsOptions {
  /** The wall clock, in ms since the epoch. Default: the system's. */
  readonly now?: (() => number) | undefined;
}

/** How often flags are evaluated, told by applications, and asked for by people. It is no change, so no history tells it. */
export function usageOperations(database: Database, options: UsageOperationsOptions = {}): readonly Operation[] {
  const { now = wallTime } = options;
  const there = async (key: Key): Promise<void> => {
    if ((await find(database, key)) === undefined) throw notFound(key);
  };
  return [
    {
      id: 'reportUsage',
      method: 'POST',
      path: `${PROJECT}/stages/{stage}/usage`,
      tag: TAG,
      summary: 'Tells how often flags were evaluated',
      access: 'evaluate',
      // applications tell it all the time, and it is cheap
      counts: 'read',
      body: USAGE_REPORT,
      answers: { 200: { description: 'It was added.', schema: USAGE_ADDED } },
      async handle({ params, body }) {
        const set = { project: params.project!, stage: params.stage! };
        await there(keys.link(set.project, set.stage));
        // of the shape of the schema, which the router has checked
        const { batch, counts } = body as Report;
        const { duplicate, unknown } = await addUsage(database, set, timed(counts, now()), batch);
        return { body: { duplicate, unknownFlags: unknown } };
      },
    },
    {
      id: 'getFeatureFlagUsage',
      method: 'GET',
      path: `${PROJECT}/feature-flags/{flag}/usage`,
      tag: TAG,
      summary: 'Tells how often a flag was evaluated, by stage and variant',
      access: 'read',
      query: {
        from: { description: 'From when. Default: a day before `to`; by day, 30.', schema: { type: 'string' } },
        to: { description: 'Until when. Default: now.', schema: { type: 'string' } },
        step: {
          description: 'How fine, in hours or days of UTC. Default: hour; of these, 31 days at most.',
          schema: { type: 'string', enum: ['hour', 'day'] },
        },
      },
      answers: { 200: { description: 'How often.', schema: FLAG_USAGE } },
      async handle({ params, query, who }) {
        const { project, flag } = params as { readonly project: string; readonly flag: string };
        await there(keys.flag(project, flag));
        const span = spanOf(query, now());
        const usage = await database.read((sql) => flagUsage(sql, project, flag, span, who));
        const [from, to] = [span.from, span.to].map((time) => new Date(time).toISOString());
        return { body: { project, flag, from, to, step: span.step, ...usage } };
      },
    },
    {
      id: 'listStaleFeatureFlags',
      method: 'GET',
      path: `${PROJECT}/usage/stale`,
      tag: TAG,
      summary: 'Lists flags that were not evaluated for some days',
      description: 'Without archived flags, and those that are not so old themselves.',
      access: 'read',
      query: {
        days: { description: 'Default: 30.', schema: { type: 'integer', minimum: 1, maximum: KEPT_DAYS } },
        page: { description: 'Which page, from 1.', schema: { type: 'integer' } },
        pageSize: { description: 'How many at most, up to 1,000. Default: 100.', schema: { type: 'integer' } },
      },
      answers: { 200: { description: 'Those longest ago first.', schema: STALE_FLAGS } },
      async handle({ params, query, who }) {
        const project = params.project!;
        await there(keys.project(project));
        const days = typeof query.days === 'number' ? query.days : 30;
        const page = pageOf(query as { page?: number; pageSize?: number });
        const stale = await database.read((sql) => staleFlags(sql, project, days, who, page));
        return { body: { ...stale, page: page.page, pageSize: page.pageSize } };
      },
    },
  ];
}

/** Counts with their times in ms. Throws `Problem('INVALID_SPEC')` for a time that cannot be. */
function timed(counts: Report['counts'], now: number): readonly Count[] {
  return counts.map(({ at: text, ...count }, i) => {
    if (text === undefined) return count;
    const at = instantOf(text);
    if (at !== undefined && at <= now + AHEAD && at > now - KEPT_DAYS * 24 * HOUR) return { ...count, at };
    const message = `counts[${i}].at is ${preview(text)}`;
    const expected = `an RFC 3339 date and time within the last ${KEPT_DAYS} days`;
    throw new Problem('INVALID_SPEC', `${message}; expected ${expected}`, {
      issues: [{ severity: 'error', code: 'bad-time', path: ['counts', i, 'at'], message, expected }],
    });
  });
}
