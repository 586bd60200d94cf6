import { type Issue, preview, validate } from '@flagwright/core';
import { Problem } from '../http/problem.ts';
import { effectiveFlag } from '../publish/effective.ts';
import { withVariantNames } from '../publish/variant-names.ts';
import { definitionRules } from '../resources/definition-rules.ts';
import { keys, named } from '../resources/resource.ts';
import type { Rules } from '../resources/rules.ts';
import type { FeatureFlagSpec, FeatureFlagStageSpec, TemplateSpec } from '../schema/resources.generated.ts';

/** The id of a stage, as everywhere. */
const STAGE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What the flag of a template is called while it is none. */
const KEY = 'template';

/**
 * Templates: what is wrong in one whatever project it is used for is refused when it is saved; what it requires of a
 * project is looked at when it is used.
 */
export const templateRules: Rules<TemplateSpec> = {
  kind: 'Template',
  normal: (spec, { id }) => ({
    ...spec,
    name: spec.name ?? id,
    ...(spec.stages === undefined ? {} : { stages: normalStages(spec.stages) }),
  }),
  named(_scene, spec) {
    const flag = withVariantNames(spec.flag, spec.flag, ['spec', 'flag']);
    const stages = Object.entries(spec.stages ?? {}).map(
      ([stage, definition]) => [stage, withVariantNames(spec.flag, definition, ['spec', 'stages', stage])] as const,
    );
    const named = Object.fromEntries(stages.map(([stage, definition]) => [stage, definition.spec]));
    return {
      spec: { ...spec, flag: flag.spec, ...(spec.stages === undefined ? {} : { stages: named }) },
      warnings: [...flag.warnings, ...stages.flatMap(([, { warnings }]) => warnings)],
    };
  },
  async check({ key }, { flag, stages = {} }) {
    const issues: Issue[] = [];
    if (flag.archived === true) {
      issues.push(wrong(['spec', 'flag', 'archived'], 'a template of an archived flag makes no flags'));
    }
    for (const stage of Object.keys(stages)) {
      if (!STAGE.test(stage)) issues.push(wrong(['spec', 'stages', stage], `${preview(stage)} is no id of a stage`));
    }
    const own = issuesOf(flag, undefined);
    issues.push(...own);
    // what is wrong in the flag itself is told once
    const told = new Set(own.map(({ message }) => message));
    for (const [stage, definition] of Object.entries(stages)) issues.push(...issuesOf(flag, [stage, definition], told));
    const [first] = issues;
    if (first === undefined) return {};
    throw new Problem('INVALID_SPEC', `${named(key)} is not valid: ${first.message}`, { issues, hint: first.hint });
  },
};

function normalStages(stages: NonNullable<TemplateSpec['stages']>): NonNullable<TemplateSpec['stages']> {
  return Object.fromEntries(
    Object.entries(stages).map(([stage, spec]) => [
      stage,
      definitionRules.normal(spec, keys.definition('', stage, KEY)),
    ]),
  );
}

/**
 * What is wrong with a flag as it would be served, without the flags that it requires, for those are of a project; what
 * was `told` of the flag itself is left out.
 */
function issuesOf(
  flag: FeatureFlagSpec,
  stage: readonly [id: string, definition: FeatureFlagStageSpec] | undefined,
  told: ReadonlySet<string> = new Set(),
): readonly Issue[] {
  const { prerequisites: _, ...served } = effectiveFlag(flag, stage?.[1]);
  return validate({ flags: new Map([[KEY, served]]) }).flatMap((issue) => {
    if (issue.severity !== 'error') return [];
    const [, , ...rest] = issue.path;
    const ofStage = stage !== undefined && Object.hasOwn(stage[1], String(rest[0]));
    if (!ofStage && told.has(issue.message)) return [];
    return [{ ...issue, path: ['spec', ...(ofStage ? ['stages', stage[0]] : ['flag']), ...rest] }];
  });
}

const wrong = (path: Issue['path'], message: string): Issue => ({
  severity: 'error',
  code: 'invalid-template',
  path,
  message,
});
