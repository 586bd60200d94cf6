import {
  compile,
  type Evaluation,
  type EvaluationContext,
  evaluate,
  explain,
  explainedOf,
  type FlagDefinition,
  type FlagDocument,
  type JsonSchema,
  notJson,
  type Snapshot,
} from '@flagwright/core';
import type { Database, Sql } from '../database/database.ts';
import type { Operation } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { reasonOf } from '../ofrep/words.ts';
import { effectiveFlag } from '../publish/effective.ts';
import { attributesOf } from '../publish/project.ts';
import { requiredFlags } from '../publish/requires.ts';
import { keys } from '../resources/resource.ts';
import { notFound } from '../resources/save.ts';
import { find } from '../resources/table.ts';
import { BASE } from '../schema/definitions.ts';
import type { FeatureFlagSpec, FeatureFlagStageSpec } from '../schema/resources.generated.ts';
import { EXPLANATION } from './explanation.ts';
import { unlinked } from './stages.ts';

const REQUEST: JsonSchema = {
  title: 'EvaluationRequest',
  type: 'object',
  additionalProperties: false,
  properties: {
    context: {
      type: 'object',
      description: 'For whom: attributes by name, `targetingKey` among them. Default: nobody.',
    },
  },
};

const ANSWER: JsonSchema = {
  title: 'Evaluation',
  type: 'object',
  properties: {
    project: { type: 'string' },
    flag: { type: 'string' },
    stage: { type: 'string' },
    value: { description: 'What is served. Absent: the default in the code of the application.' },
    variant: { type: 'string' },
    reason: { type: 'string', description: 'Why, in the words of OpenFeature.' },
    engineReason: { type: 'string', description: 'Why, in the words of the evaluator.' },
    ruleId: { type: 'string', description: 'The rule that decided; `targeting` for JSON Logic.' },
    metadata: { type: 'object', description: 'Facts that travel with the answer.' },
    errorCode: { type: 'string' },
    errorMessage: { type: 'string' },
    explanation: EXPLANATION,
  },
  required: ['project', 'flag', 'stage', 'reason', 'engineReason', 'metadata'],
};

/** What a stage serves of a flag to a context, by what is stored now. */
export function evaluateOperation(database: Database): Operation {
  return {
    id: 'evaluateFeatureFlag',
    method: 'POST',
    path: `${BASE}/projects/{project}/stages/{stage}/feature-flags/{flag}/evaluate`,
    tag: 'Feature Flag Stage Definitions',
    summary: 'Evaluates a flag for a context',
    description: 'By what is stored at this moment. A flag that is off, or archived, leaves it to the code.',
    access: 'read',
    counts: 'read',
    query: {
      explain: { description: 'Tells step by step how it was decided. Default: false.', schema: { type: 'boolean' } },
    },
    body: REQUEST,
    answers: { 200: { description: 'What is served, and why.', schema: ANSWER } },
    async handle({ params, query, body }) {
      const { project, stage, flag } = params as Readonly<Record<'project' | 'stage' | 'flag', string>>;
      const context = checkedContext((body as { readonly context?: EvaluationContext }).context);
      const { document, archived } = await database.read((sql) => documentFor(sql, project, stage, flag));
      const snapshot = compile({ document, revision: 'stored' });
      const evaluation = evaluate(snapshot, flag, undefined, context);
      const message = archived ? { errorMessage: `flag ${JSON.stringify(flag)} is archived: no stage serves it` } : {};
      return {
        body: {
          project,
          flag,
          stage,
          ...shownEvaluation(evaluation),
          ...message,
          ...explained(query.explain === true, snapshot, flag, context),
        },
      };
    },
  };
}

/** The body as a whole was checked when it was read; the context may come from elsewhere. */
function checkedContext(context: EvaluationContext = {}): EvaluationContext {
  const wrong = notJson(context);
  if (wrong !== undefined) throw new Problem('INVALID_ARGUMENT', `the context cannot be used: ${wrong}`);
  return context;
}

/** A flag as a stage has it, with all it takes to evaluate it. */
async function documentFor(
  sql: Sql,
  project: string,
  stage: string,
  id: string,
): Promise<{ readonly document: FlagDocument; readonly archived: boolean }> {
  const flag = await find<FeatureFlagSpec>(sql, keys.flag(project, id));
  if (flag === undefined) throw notFound(keys.flag(project, id));
  if ((await find(sql, keys.link(project, stage))) === undefined) throw await unlinked(sql, project, stage);
  const attributes = await attributesOf(sql, project);
  if (flag.spec.archived === true) return { document: { flags: new Map(), attributes }, archived: true };
  const definition = await find<FeatureFlagStageSpec>(sql, keys.definition(project, stage, id));
  const candidate = effectiveFlag(flag.spec, definition?.spec);
  const others = await requiredFlags(sql, project, stage, candidate);
  const flags = new Map<string, FlagDefinition>([...others, [id, candidate]]);
  return { document: { flags, attributes }, archived: false };
}

function shownEvaluation(evaluation: Evaluation): object {
  const { value, variant, reason, ruleId, errorCode, errorMessage, details } = evaluation;
  return {
    value,
    variant,
    // as applications get it over OFREP, where an error has no reason
    reason: errorCode === undefined ? reasonOf(evaluation) : details.reason,
    engineReason: reason,
    ruleId,
    metadata: details.flagMetadata,
    errorCode,
    errorMessage,
  };
}

function explained(wanted: boolean, snapshot: Snapshot, key: string, context: EvaluationContext): object {
  return wanted ? { explanation: explainedOf(explain(snapshot, key, context)) } : {};
}
