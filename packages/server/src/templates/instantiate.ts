import type { Issue } from '@flagwright/core';
import type { Sql, Transaction } from '../database/database.ts';
import type { Call } from '../http/operation.ts';
import { checkParameter } from '../http/path-parameters.ts';
import { Problem } from '../http/problem.ts';
import { linksOf } from '../publish/project.ts';
import { definitionRules } from '../resources/definition-rules.ts';
import { flagRules } from '../resources/flag-rules.ts';
import { keys, named, type Resource } from '../resources/resource.ts';
import { notFound, saveNext, sceneOf } from '../resources/save.ts';
import { find } from '../resources/table.ts';
import { checkSpec } from '../schema/check.ts';
import type { FeatureFlagSpec, FeatureFlagStageSpec, TemplateSpec } from '../schema/resources.generated.ts';

/** What a template is used for: a body of the shape of `INSTANTIATION`. */
export interface Instantiation {
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly owner?: string;
  readonly stages?: readonly string[];
  readonly strict?: boolean;
  readonly comment?: string;
}

/** What a template made. */
export interface Instantiated {
  readonly flag: Resource<FeatureFlagSpec>;
  readonly definitions: readonly Resource<FeatureFlagStageSpec>[];
  readonly warnings: readonly Issue[];
}

/**
 * Makes a flag of a template, and its definitions for stages that the project is linked to. Those of protected stages are
 * left out, with a warning, unless `strict`, or forced.
 *
 * Throws `Problem`: `NOT_FOUND` without the template, the project, or a stage that was asked for, `ALREADY_EXISTS`,
 * `INVALID_ARGUMENT` for a stage that the template has no definition for, and what flags and their definitions throw.
 */
export async function instantiate(transaction: Transaction, call: Call, body: Instantiation): Promise<Instantiated> {
  const { id, comment } = body;
  const project = call.params.project!;
  const template = await templateOf(transaction, call.params.template!);
  const details = { template: template.id, templateVersion: template.version };
  checkParameter('flag', id);
  const key = keys.flag(project, id);
  const before = await find<FeatureFlagSpec>(transaction, key);
  if (before !== undefined) {
    throw new Problem('ALREADY_EXISTS', `${named(key)} exists already`, {
      hint: 'choose another id',
      members: { currentVersion: before.version },
    });
  }
  const spec = flagRules.normal(checkSpec<FeatureFlagSpec>('FeatureFlag', flagOf(template.spec, body)), key);
  const scene = sceneOf<FeatureFlagSpec>(transaction, call, key, undefined, comment);
  const flag = await saveNext(transaction, flagRules, scene, spec, undefined, details);
  const warnings = [...flag.warnings];
  const definitions: Resource<FeatureFlagStageSpec>[] = [];
  for (const stage of await stagesOf(transaction, project, template, body, warnings)) {
    const place = keys.definition(project, stage, id);
    const next = definitionRules.normal(template.spec.stages![stage]!, place);
    const there = await find<FeatureFlagStageSpec>(transaction, place);
    const own = sceneOf(transaction, call, place, there, comment);
    try {
      const saved = await saveNext(transaction, definitionRules, own, next, undefined, details);
      warnings.push(...saved.warnings);
      definitions.push(saved.resource);
    } catch (thrown) {
      if (!(thrown instanceof Problem) || thrown.code !== 'PROTECTED' || body.strict === true) throw thrown;
      // nothing was written for this stage: protection is looked at first
      warnings.push(
        leftOut(stage, 'protected', `${thrown.message}, so there is none`, 'create a change request for it'),
      );
    }
  }
  return { flag: flag.resource, definitions, warnings };
}

async function templateOf(sql: Sql, id: string): Promise<Resource<TemplateSpec>> {
  const template = await find<TemplateSpec>(sql, keys.template(id));
  if (template === undefined) throw notFound(keys.template(id));
  return template;
}

function flagOf({ flag }: TemplateSpec, { name, description, owner }: Instantiation): object {
  const { name: _, ...rest } = flag;
  return {
    ...rest,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { owner }),
  };
}

/** The stages to make definitions for: those that were asked for, or all of the template that are linked. */
async function stagesOf(
  sql: Sql,
  project: string,
  { spec, ...template }: Resource<TemplateSpec>,
  { stages }: Instantiation,
  warnings: Issue[],
): Promise<readonly string[]> {
  const known = Object.keys(spec.stages ?? {});
  if (stages !== undefined) {
    for (const stage of stages) {
      if (known.includes(stage)) continue;
      throw new Problem('INVALID_ARGUMENT', `${named(template)} says nothing of stage ${JSON.stringify(stage)}`, {
        hint: known.length === 0 ? 'leave stages out' : `it has definitions for [${known.join(', ')}]`,
      });
    }
    return [...new Set(stages)];
  }
  const links = await linksOf(sql, project);
  for (const stage of known) {
    if (links.has(stage)) continue;
    const message = `stage ${JSON.stringify(stage)} is not linked to the project, so there is no definition for it`;
    warnings.push(leftOut(stage, 'not-linked', message, 'link it, and make the definition'));
  }
  return known.filter((stage) => links.has(stage));
}

const leftOut = (stage: string, code: string, message: string, hint: string): Issue => ({
  severity: 'warning',
  code,
  path: ['stages', stage],
  message,
  hint,
});
