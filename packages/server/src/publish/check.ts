import { type FlagDefinition, type Issue, validate } from '@flagwright/core';
import type { Sql } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import type { FeatureFlagSpec, FeatureFlagStageSpec } from '../schema/resources.generated.ts';
import { effectiveFlag } from './effective.ts';
import { attributesOf, servedFlags } from './project.ts';
import { requiredFlags, requirementsOf } from './requires.ts';

/** A flag as it would be; `stages`: each as it is told of, by its definition there if it has one. */
export interface Proposed {
  readonly project: string;
  readonly key: string;
  readonly flag: FeatureFlagSpec;
  readonly stages: ReadonlyMap<string, FeatureFlagStageSpec | undefined>;
}

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
  const { project, key, flag, stages } = proposed;
  const attributes = await attributesOf(sql, project);
  const dependents = [...new Set((await requirementsOf(sql, project, key)).map((requirement) => requirement.flag))];
  const errors = new Map<string, Issue>();
  const warnings = new Map<string, Issue>();
  // without stages the definition must still be a flag
  const views: readonly (readonly [string, FeatureFlagStageSpec | undefined])[] =
    stages.size === 0 ? [['', undefined]] : [...stages];
  for (const [stage, definition] of views) {
    const candidate = effectiveFlag(flag, definition);
    const others = await requiredFlags(sql, project, stage, candidate);
    const requiring = dependents.length === 0 ? [] : await servedFlags(sql, project, stage, dependents);
    const flags = new Map<string, FlagDefinition>([...others, ...requiring, [key, candidate]]);
    for (const issue of validate({ flags, attributes })) {
      const told = retold(issue, key, stages.size > 1 ? stage : '', dependents);
      if (told === undefined) continue;
      (issue.severity === 'error' ? errors : warnings).set(
        `${told.code} ${told.path.join('\0')} ${told.message}`,
        told,
      );
    }
  }
  return { errors: [...errors.values()], warnings: [...warnings.values()] };
}

/** An issue of the document as one of the spec; undefined for one of another flag that the change cannot have caused. */
function retold(issue: Issue, key: string, stage: string, dependents: readonly string[]): Issue | undefined {
  const [section, flag, ...rest] = issue.path;
  if (section !== 'flags' || typeof flag !== 'string') return undefined;
  if (flag === key) {
    const where = stage === '' ? '' : ` (in stage ${stage})`;
    return { ...issue, path: ['spec', ...rest], message: `${issue.message}${where}` };
  }
  if (issue.severity !== 'error' || !dependents.includes(flag)) return undefined;
  return { ...issue, path: [flag, ...rest], message: `flag ${flag}, which requires this one: ${issue.message}` };
}
