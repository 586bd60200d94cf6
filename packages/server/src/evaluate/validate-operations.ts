import { type Issue, isRecord, type JsonSchema, validate } from '@flagwright/core';
import { demand, type Principal } from '../access/principal.ts';
import type { Database, Sql } from '../database/database.ts';
import { firstIssues, MORE_ISSUES } from '../http/first-issues.ts';
import type { Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { issuesOf } from '../publish/check.ts';
import { effectiveFlag } from '../publish/effective.ts';
import { attributesOf } from '../publish/project.ts';
import { parsedTargeting } from '../publish/targeting.ts';
import { keys } from '../resources/resource.ts';
import { notFound } from '../resources/save.ts';
import { find } from '../resources/table.ts';
import { ISSUE } from '../schema/answers.ts';
import { checkSpec } from '../schema/check.ts';
import { BASE } from '../schema/definitions.ts';
import type { FeatureFlagSpec, FeatureFlagStageSpec } from '../schema/resources.generated.ts';

const project: JsonSchema = { type: 'string', maxLength: 63, description: 'The project it is, or would be, in.' };
const flagId: JsonSchema = { type: 'string', minLength: 1, maxLength: 200, description: 'The key of the flag.' };

const TARGETING: JsonSchema = {
  title: 'TargetingToValidate',
  type: 'object',
  additionalProperties: false,
  properties: {
    targeting: { description: 'JSON Logic, as it is or as text.' },
    project: { ...project, description: 'The project whose context attributes it may use.' },
    flag: { ...flagId, description: 'The flag whose variants it may yield.' },
  },
  required: ['targeting'],
};

const FLAG: JsonSchema = {
  title: 'FeatureFlagToValidate',
  type: 'object',
  additionalProperties: false,
  properties: {
    id: flagId,
    flag: { description: 'The spec of the flag.' },
    stages: {
      type: 'object',
      maxProperties: 100,
      description: 'The specs of its stage definitions, by stage.',
      additionalProperties: { description: 'A spec.' },
    },
    project,
  },
  required: ['flag'],
};

const ANSWER: JsonSchema = {
  title: 'Validation',
  type: 'object',
  properties: {
    valid: { type: 'boolean', description: 'Whether none of the issues is an error.' },
    issues: { type: 'array', items: ISSUE },
    moreIssues: MORE_ISSUES,
  },
  required: ['valid', 'issues'],
};

/** What a flag is called that has no key yet: none has this one. */
const UNNAMED = '(flag)';

/**
 * Checks of what is written nowhere yet. Whatever is wrong with it is an answer, and no refusal. They cost what the change
 * would cost, so they are counted as one.
 */
export function validateOperations(database: Database): readonly Operation[] {
  const answers = { 200: { description: 'Whether it is valid, and what is wrong or doubtful.', schema: ANSWER } };
  return [
    {
      id: 'validateTargeting',
      method: 'POST',
      path: `${BASE}/validate/targeting`,
      tag: 'Validation',
      summary: 'Checks JSON Logic',
      access: 'read',
      counts: 'write',
      body: TARGETING,
      answers,
      async handle({ who, body }) {
        // of the shape of the schema, which the router has checked
        const asked = body as { readonly targeting: unknown; readonly project?: string; readonly flag?: string };
        return { body: answer(await database.read((sql) => targetingIssues(sql, who, asked))) };
      },
    },
    {
      id: 'validateFeatureFlag',
      method: 'POST',
      path: `${BASE}/validate/feature-flag`,
      tag: 'Validation',
      summary: 'Checks a flag and its stage definitions',
      access: 'read',
      counts: 'write',
      body: FLAG,
      answers,
      async handle({ who, body }) {
        // of the shape of the schema, which the router has checked
        const asked = body as FlagAsked;
        return { body: answer(await database.read((sql) => flagIssues(sql, who, asked))) };
      },
    },
  ];
}

function answer(issues: readonly Issue[]): object {
  return { valid: issues.every(({ severity }) => severity !== 'error'), ...firstIssues(issues) };
}

async function admit(sql: Sql, who: Principal, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  demand(who, 'read', { project: id });
  if ((await find(sql, keys.project(id))) === undefined) throw notFound(keys.project(id));
}

async function targetingIssues(
  sql: Sql,
  who: Principal,
  asked: { readonly targeting: unknown; readonly project?: string; readonly flag?: string },
): Promise<readonly Issue[]> {
  await admit(sql, who, asked.project);
  const { key, targeting, issues } = parsed(asked);
  if (issues !== undefined) return issues;
  const attributes = asked.project === undefined ? undefined : await attributesOf(sql, asked.project);
  const flag =
    asked.project === undefined || asked.flag === undefined
      ? undefined
      : await find<FeatureFlagSpec>(sql, keys.flag(asked.project, asked.flag));
  const { type = 'boolean', variants } = flag === undefined ? {} : effectiveFlag(flag.spec, undefined);
  const definition = { type, ...(variants === undefined ? {} : { variants }), targeting };
  const found = validate({
    flags: new Map([[key, definition]]),
    ...(attributes === undefined ? {} : { attributes }),
  });
  return (
    found
      .filter(({ path }) => path[0] === 'flags' && path[2] === 'targeting')
      // which variants there are, only a flag tells
      .filter(({ code }) => flag !== undefined || code !== 'unknown-variant')
      .map((issue) => ({ ...issue, path: issue.path.slice(2) }))
  );
}

function parsed({ targeting, flag }: { readonly targeting: unknown; readonly flag?: string }): {
  readonly key: string;
  readonly targeting: unknown;
  readonly issues?: readonly Issue[];
} {
  const key = flag ?? UNNAMED;
  if (typeof targeting !== 'string') return { key, targeting };
  const issues: Issue[] = [];
  const logic = attempt(() => parsedTargeting({ targeting }), issues);
  return logic === undefined ? { key, targeting, issues } : { key, targeting: logic.targeting };
}

interface FlagAsked {
  readonly id?: string;
  readonly flag: unknown;
  readonly stages?: Readonly<Record<string, unknown>>;
  readonly project?: string;
}

async function flagIssues(sql: Sql, who: Principal, asked: FlagAsked): Promise<readonly Issue[]> {
  const { id = UNNAMED, project: named } = asked;
  await admit(sql, who, named);
  // what a stage has of other flags decides what is wrong with this one there
  for (const stage of Object.keys(asked.stages ?? {})) {
    if (named !== undefined) demand(who, 'read', { project: named, stage });
  }
  const issues: Issue[] = [];
  const flag = attempt(() => checkSpec<FeatureFlagSpec>('FeatureFlag', asked.flag), issues, ['flag']);
  const stages = new Map<string, FeatureFlagStageSpec>();
  for (const [stage, raw] of Object.entries(asked.stages ?? {})) {
    const spec = attempt(() => definitionOf(raw), issues, ['stages', stage]);
    if (spec !== undefined) stages.set(stage, spec);
  }
  // what has not the shape of a flag cannot be asked what it means
  if (flag === undefined || issues.length > 0) return issues;
  const told = new Map<string, Issue>();
  // the flag itself is served where a stage does not speak of it, today or another day
  const views = [undefined, ...stages.keys()];
  for (const stage of views) {
    // there may be a hundred, and others wait for none but this one
    await new Promise(setImmediate);
    const spec = stage === undefined ? undefined : stages.get(stage);
    const view = new Map(stage === undefined ? [] : [[stage, spec]]);
    // a project without an id has no flags and no attributes
    const { errors, warnings } = await issuesOf(sql, { project: named ?? '', key: id, flag, stages: view });
    const doubtful = stage === undefined && stages.size > 0 ? [] : warnings;
    for (const issue of [...errors, ...doubtful]) {
      if (named === undefined && issue.code === 'unknown-flag') continue;
      const placed = { ...issue, path: placeOf(issue, stage, spec) };
      told.set(JSON.stringify([placed.code, placed.path, placed.message]), placed);
    }
  }
  return [...told.values()];
}

function definitionOf(raw: unknown): FeatureFlagStageSpec {
  const spec = checkSpec<FeatureFlagStageSpec>('FeatureFlagStage', raw);
  return { ...spec, ...parsedTargeting(spec) };
}

/** Where an issue of what a stage would serve is in what was sent: what the stage says goes over what the flag says. */
function placeOf({ path }: Issue, stage: string | undefined, spec: FeatureFlagStageSpec | undefined): Issue['path'] {
  const [root, member, ...rest] = path;
  if (root !== 'spec') return ['requiredBy', ...path];
  if (stage !== undefined && isRecord(spec) && typeof member === 'string' && Object.hasOwn(spec, member)) {
    return ['stages', stage, member, ...rest];
  }
  return member === undefined ? ['flag'] : ['flag', member, ...rest];
}

/** What a check answers; undefined if it refuses, with the issues of that, whose paths begin with `spec`. */
function attempt<T>(check: () => T, issues: Issue[], prefix: Issue['path'] = []): T | undefined {
  try {
    return check();
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== 'INVALID_SPEC') throw thrown;
    issues.push(...thrown.issues.map((issue) => ({ ...issue, path: [...prefix, ...issue.path.slice(1)] })));
    return undefined;
  }
}
