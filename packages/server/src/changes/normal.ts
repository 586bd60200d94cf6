import { type Issue, instantOf, preview } from '@flagwright/core';
import type { Sql } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { parsedTargeting } from '../publish/targeting.ts';
import { checkSpec } from '../schema/check.ts';
import { DECISIONS } from '../schema/definitions.ts';
import type { ChangeRequestSpec } from '../schema/resources.generated.ts';
import { membersOf } from './proposal.ts';
import { timeOf } from './request.ts';

/** The first time whose year has five digits, in ms since the epoch. */
const TOO_LATE = 253_402_300_800_000;

/**
 * A spec of a change request in its stored form: targeting is parsed, and times are UTC. Throws `Problem('INVALID_SPEC')`
 * if it has not the shape of one, or changes nothing.
 */
export function normalSpec(given: unknown): ChangeRequestSpec {
  const spec = checkSpec<ChangeRequestSpec>('ChangeRequest', given);
  if (Object.keys(membersOf(spec)).length === 0) {
    throw invalid(['spec'], 'nothing-to-change', 'a change request changes nothing', {
      expected: `at least one of ${DECISIONS.join(', ')}`,
    });
  }
  const { targeting, applyAt } = spec;
  return {
    ...spec,
    ...(targeting === undefined ? {} : parsedTargeting({ targeting })),
    ...(applyAt === undefined ? {} : { applyAt: timeNamed(applyAt) }),
  };
}

/** Throws `Problem('INVALID_SPEC')` if a request would be due before it could be decided upon. */
export async function checkFuture(sql: Sql, { applyAt }: ChangeRequestSpec): Promise<void> {
  if (applyAt === undefined) return;
  const now = await timeOf(sql);
  if (Date.parse(applyAt) > now.getTime()) return;
  throw invalid(['spec', 'applyAt'], 'time-past', `applyAt is ${applyAt}, which is past`, {
    expected: `a time after ${now.toISOString()}, when it is on the server`,
    hint: 'leave it out to apply the change at once',
  });
}

/** An `INVALID_SPEC` of one thing. */
export function invalid(
  path: Issue['path'],
  code: string,
  message: string,
  more: Pick<Issue, 'expected' | 'hint'> = {},
): Problem {
  const { expected, hint } = more;
  const told = expected === undefined ? message : `${message}; expected ${expected}`;
  return new Problem('INVALID_SPEC', told, { issues: [{ severity: 'error', code, path, message, ...more }], hint });
}

function timeNamed(text: string): string {
  const at = instantOf(text);
  if (at !== undefined && at < TOO_LATE) return new Date(at).toISOString();
  throw invalid(['spec', 'applyAt'], 'invalid-time', `applyAt is ${preview(text)}`, {
    expected: 'an RFC 3339 date and time before the year 10000, e.g. 2026-01-31T12:00:00Z',
  });
}
