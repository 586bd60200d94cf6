import { type FlagDefinition, type Issue, validate } from '@flagwright/core';
import type { SetName, Sql } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import type { FeatureFlagSpec, FeatureFlagStageSpec } from '../schema/resources.generated.ts';
import { effectiveFlag } from './effective.ts';
import { attributesOf, servedFlags } from './project.ts';
import { surroundingsOf } from './surroundings.ts';

/** A flag as it would be. */
export interface Proposed {
  readonly project: string;
  readonly key: string;
  readonly flag: FeatureFlagSpec;
  /** Each stage it is looked at in, by its definition there if it has one; `''`, or none at all: by itself. */
  readonly stages: ReadonlyMap<string, FeatureFlagStageSpec | undefined>;
  /** Those of them that nobody is served now: what is doubtful there is not told. */
  readonly unserved?: ReadonlySet<string> | undefined;
}

/** More issues of other flags in a stage are not told: a change may touch thousands. */
const MOST_OF_OTHERS = 100;

/**
 * What is doubtful of a flag as it would be served. Throws `Problem('INVALID_SPEC')` with what is wrong in it or, by its
 * change, in flags that require it: every path begins with `spec`, or with the other flag's key.
 */
export async function checkFlag(sql: Sql, proposed: Proposed, what: string): Promise<readonly Issue[]> {
  const { errors, warnings } = await issuesOf(sql, proposed);
  const [first] = errors;
  if (first === undefined) return warnings;
  throw new Problem('INVALID_SPEC', `${what} is not valid: ${first.message}`, { issues: errors, hint: first.hint });
}

/** What is wrong with a flag as it would be served, and what is doubtful; in a project that is not there, by itself. */
export async function issuesOf(
  sql: Sql,
  proposed: Proposed,
): Promise<{ readonly errors: readonly Issue[]; readonly warnings: readonly Issue[] }> {
  const { project, key, flag, stages, unserved } = proposed;
  const attributes = await attributesOf(sql, project);
  // what is wrong in the definition itself comes first, and is told once
  const places = stages.size === 0 ? [''] : [...stages.keys()].sort((a, b) => Number(b === '') - Number(a === ''));
  const views = new Map(places.map((stage) => [stage, effectiveFlag(flag, stages.get(stage))]));
  const around = await surroundingsOf(sql, project, key, views);
  const errors = new Map<string, Issue>();
  const warnings = new Map<string, Issue>();
  for (const [stage, candidate] of views) {
    const flags = new Map<string, FlagDefinition>([...around.in(stage), [key, candidate]]);
    for (const told of toldOf(validate({ flags, attributes }), key, around.dependents)) {
      if (told.severity === 'warning' && unserved?.has(stage) === true) continue;
      const name = `${told.code} ${told.path.join('\0')} ${told.message}`;
      if (errors.has(name) || warnings.has(name)) continue;
      const where = stage === '' || views.size === 1 ? '' : ` (in stage ${stage})`;
      const placed = { ...told, message: `${told.message}${where}` };
      (told.severity === 'error' ? errors : warnings).set(where === '' ? name : `${name}${where}`, placed);
    }
  }
  return { errors: [...errors.values()], warnings: [...warnings.values()] };
}

/**
 * Throws `Problem('INVALID_SPEC')` if flags that a stage would serve of a project are not valid there: stage definitions
 * that are kept may be of another time. Every path begins with the key of a flag.
 */
export async function checkSet(sql: Sql, { project, stage }: SetName, what: string): Promise<void> {
  const flags = await servedFlags(sql, project, stage);
  const errors = validate({ flags, attributes: await attributesOf(sql, project) }).filter(
    ({ severity, path }) => severity === 'error' && path[0] === 'flags',
  );
  const [first] = errors;
  if (first === undefined) return;
  const broken = new Set(errors.map(({ path }) => path[1]));
  const others =
    broken.size === 1 ? '' : broken.size === 2 ? ', nor would 1 other' : `, nor would ${broken.size - 1} others`;
  throw new Problem(
    'INVALID_SPEC',
    `${what}: flag ${JSON.stringify(first.path[1])} would not be valid in it${others}: ${first.message}`,
    {
      issues: errors.slice(0, MOST_OF_OTHERS).map((issue) => ({ ...issue, path: issue.path.slice(1) })),
      hint: 'correct the flag, or delete its definition for the stage, which was kept from before',
    },
  );
}

/** Issues of the document: first those of the flag, then those of others that its change can have caused. */
function toldOf(issues: readonly Issue[], key: string, dependents: ReadonlySet<string>): readonly Issue[] {
  const own = issues
    .filter(({ path: [section, flag] }) => section === 'flags' && flag === key)
    .map((issue) => ({ ...issue, path: ['spec', ...issue.path.slice(2)] }));
  const round = own.some(({ code }) => code === 'cycle');
  const others = issues
    .filter(
      ({ severity, path: [section, flag] }) => severity === 'error' && section === 'flags' && isOf(dependents, flag),
    )
    // a circle is told once
    .filter(({ code }) => !(round && code === 'cycle'))
    .slice(0, MOST_OF_OTHERS)
    .map((issue) => {
      const message = `flag ${issue.path[1]}, which requires this one: ${issue.message}`;
      return { ...issue, path: issue.path.slice(1), message };
    });
  return [...own, ...others];
}

const isOf = (keys: ReadonlySet<string>, key: string | number | undefined): boolean =>
  typeof key === 'string' && keys.has(key);
