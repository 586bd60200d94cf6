import { demand } from '../access/principal.ts';
import type { Database, Sql } from '../database/database.ts';
import { formatEffect } from '../effect/index.ts';
import type { Call, Operation, Reply } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { expectedVersion } from '../resources/condition.ts';
import { listReply } from '../resources/list.ts';
import { shown } from '../resources/manifest.ts';
import { DRY_RUN, LIST_PARAMETERS } from '../resources/parameters.ts';
import { named } from '../resources/resource.ts';
import { authorOf, notFound, type WriteBody } from '../resources/save.ts';
import { listSchema, resourceSchema, savedSchema } from '../schema/answers.ts';
import { BASE, manifestSchema, patchSchema } from '../schema/definitions.ts';
import { agreedId } from './agreed-id.ts';
import { applyRequest, closeRequest, type Decided, type Decision } from './decide.ts';
import { changeOf, effectOfChange } from './effect-of-request.ts';
import { type ChangeRequest, checkPending, findRequest, requestKey } from './request.ts';
import { APPLYING, CLOSING, EFFECT } from './schemas.ts';
import { createRequest, replaceRequest, updateRequest, type Writer, type Written } from './write-request.ts';

const KIND = 'ChangeRequest';
const TAG = 'Change Requests';
const COLLECTION = `${BASE}/change-requests`;
const ITEM = `${COLLECTION}/{request}`;

/** The newest first. */
const ORDER = '-modificationInfo.createdTime';

/**
 * What can be done with change requests. Their addresses say nothing of a project, so what somebody may do is asked where
 * the request is found to be; whoever may read a project and a stage may read what is asked for there.
 */
export function changeOperations(database: Database): readonly Operation[] {
  const common = { tag: TAG, access: 'own' } as const;
  const writing = { dryRun: DRY_RUN };
  const saved = savedSchema(KIND);
  return [
    {
      ...common,
      id: 'listChangeRequests',
      method: 'GET',
      path: COLLECTION,
      summary: 'Lists ChangeRequests',
      description: 'Those of the projects and stages that the token is for; the newest first, if no order is given.',
      access: 'read',
      query: LIST_PARAMETERS,
      answers: { 200: { description: 'A page of them.', schema: listSchema(KIND) } },
      handle: ({ query, who }) => listReply(database, { kind: KIND }, who, { ...query, sort: query.sort ?? ORDER }),
    },
    {
      ...common,
      id: 'createChangeRequest',
      method: 'POST',
      path: COLLECTION,
      summary: 'Asks for a change of a stage definition',
      description: 'For tokens that may write to the project and the stage.',
      query: writing,
      body: manifestSchema(KIND),
      answers: { 201: { description: 'It was made, with its effect.', schema: saved } },
      async handle(call) {
        const { body, who } = call;
        demand(who, 'read', {});
        const id = agreedId(body, undefined);
        const { spec } = body as WriteBody;
        return writtenReply(
          await database.write((transaction) => createRequest(transaction, spec, id, writerOf(call)), options(call)),
        );
      },
    },
    {
      ...common,
      id: 'getChangeRequest',
      method: 'GET',
      path: ITEM,
      summary: 'Reads a ChangeRequest',
      description: 'Whom a pending one would move is told by its `effect`.',
      access: 'read',
      answers: { 200: { description: 'It, as it is now.', schema: resourceSchema(KIND) } },
      async handle(call) {
        const request = await database.read((sql) => readable(sql, call));
        return { body: shown(request), headers: etagOf(request) };
      },
    },
    {
      ...common,
      id: 'getChangeRequestEffect',
      method: 'GET',
      path: `${ITEM}/effect`,
      summary: 'Tells whom a pending ChangeRequest would move',
      access: 'read',
      // it costs more than other reads
      counts: 'write',
      answers: { 200: { description: 'What it would do if it were applied now.', schema: EFFECT } },
      async handle(call) {
        const { request, change } = await database.read(async (sql) => {
          const found = await readable(sql, call);
          checkPending(found);
          return { request: found, change: await changeOf(sql, found) };
        });
        if (change === undefined) throw new Problem('CONFLICT', `the feature flag of ${named(request)} is gone`);
        const effect = effectOfChange(change);
        return { body: { id: request.id, version: request.version, effect, text: formatEffect(effect) } };
      },
    },
    {
      ...common,
      id: 'replaceChangeRequest',
      method: 'PUT',
      path: ITEM,
      summary: 'Replaces a pending ChangeRequest, or makes it',
      description:
        'For whoever asked for it, and approvers. An approval is taken back. One that was decided upon stays as it is, which ' +
        'is `unchanged` if that is what is sent.',
      query: writing,
      body: manifestSchema(KIND),
      answers: {
        200: { description: 'It was replaced, or was the same.', schema: saved },
        201: { description: 'It was made.', schema: saved },
      },
      async handle(call) {
        const { body, request, params, who } = call;
        demand(who, 'read', {});
        const id = agreedId(body, params.request) ?? '';
        const { spec, version } = body as WriteBody;
        const expected = expectedVersion(request, version);
        const onlyNew = request.headers.get('if-none-match')?.trim() === '*';
        const outcome = await database.write(
          (transaction) => replaceRequest(transaction, { id, given: spec, expected, onlyNew }, writerOf(call)),
          options(call),
        );
        return writtenReply(outcome);
      },
    },
    {
      ...common,
      id: 'updateChangeRequest',
      method: 'PATCH',
      path: ITEM,
      summary: 'Changes a pending ChangeRequest',
      description:
        'For whoever asked for it, and approvers. An approval is taken back. By RFC 7396, null takes a member out of the ' +
        'request, which then leaves it as it is in the stage definition; to have it taken out there, replace the request.',
      query: writing,
      body: patchSchema(KIND),
      answers: { 200: { description: 'It was changed, or was so already.', schema: saved } },
      async handle(call) {
        const { body, request, params, who } = call;
        demand(who, 'read', {});
        const { spec, version } = body as WriteBody;
        const expected = expectedVersion(request, version);
        const outcome = await database.write(
          (transaction) => updateRequest(transaction, params.request!, spec, 'patch', expected, writerOf(call)),
          options(call),
        );
        return writtenReply(outcome);
      },
    },
    {
      ...common,
      id: 'applyChangeRequest',
      method: 'POST',
      path: `${ITEM}/apply`,
      summary: 'Applies a pending ChangeRequest, or approves it for its time',
      description:
        'For approvers, and for all who may write where the stage takes changes without a request. If the stage definition ' +
        'is not the one it was written for, or the flag decides otherwise since, that is a conflict, and the request stays ' +
        'pending.',
      query: writing,
      body: APPLYING,
      answers: { 200: { description: 'It was applied, or is to be at its time.', schema: saved } },
      async handle(call) {
        const decision = decisionOf(call);
        const decided = await database.write(
          (transaction) => applyRequest(transaction, call.params.request!, decision),
          options(call),
        );
        return decidedReply(decided);
      },
    },
    {
      ...common,
      id: 'closeChangeRequest',
      method: 'POST',
      path: `${ITEM}/close`,
      summary: 'Closes a pending ChangeRequest, which is then never applied',
      description: 'For whoever asked for it, and approvers.',
      query: writing,
      body: CLOSING,
      answers: { 200: { description: 'It was closed.', schema: saved } },
      async handle(call) {
        const decision = decisionOf(call);
        const decided = await database.write(
          (transaction) => closeRequest(transaction, call.params.request!, decision),
          options(call),
        );
        return decidedReply(decided);
      },
    },
  ];
}

/** A body of the shape of `APPLYING` or `CLOSING`, which the router has checked. */
interface DecisionBody {
  readonly comment?: string;
  readonly version?: string;
  readonly force?: boolean;
}

function decisionOf(call: Call): Decision {
  const { comment, version, force } = call.body as DecisionBody;
  return { who: call.who, by: authorOf(call), comment, force, expected: expectedVersion(call.request, version) };
}

function writerOf(call: Call): Writer {
  return { who: call.who, by: authorOf(call), comment: (call.body as WriteBody).comment };
}

const options = ({ query }: Call): { readonly dryRun: boolean } => ({ dryRun: query.dryRun === true });

const etagOf = ({ version }: ChangeRequest): Readonly<Record<string, string>> => ({ etag: `"${version}"` });

/** The request that is asked for, if the caller may see it. */
async function readable(sql: Sql, { params, who }: Call): Promise<ChangeRequest> {
  const id = params.request!;
  const found = await findRequest(sql, id);
  if (found === undefined) throw notFound(requestKey(id));
  demand(who, 'read', { project: found.project, stage: found.stage });
  return found;
}

function writtenReply({ result, request, warnings, change }: Written): Reply {
  const effect = change && { effect: effectOfChange(change) };
  const created = result === 'created';
  return {
    status: created ? 201 : 200,
    body: { ...shown(request, effect), result, warnings },
    headers: { ...etagOf(request), ...(created ? { location: `${COLLECTION}/${request.id}` } : {}) },
  };
}

function decidedReply(decided: Decided): Reply {
  if (decided.result === 'conflict') throw decided.problem;
  const { result, request, warnings } = decided;
  return { body: { ...shown(request), result, warnings }, headers: etagOf(request) };
}
