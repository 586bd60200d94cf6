import type { Principal } from '../access/principal.ts';
import type { Database, Transaction } from '../database/database.ts';
import type { Call, Operation, Reply } from '../http/operation.ts';
import { Problem } from '../http/problem.ts';
import { pageOf } from '../query/page.ts';
import { expectedVersion } from '../resources/condition.ts';
import { COMMENT } from '../resources/parameters.ts';
import { authorOf } from '../resources/save.ts';
import { BASE } from '../schema/definitions.ts';
import { attempt } from './attempt.ts';
import { listDeliveries, remembered } from './deliveries.ts';
import { testEvent } from './event.ts';
import type { Post } from './post.ts';
import { beyond, demandAdmin, mayDealWith, webhookWithin } from './webhook-rights.ts';
import { listWebhooks, shownWebhook, type WebhookRow, type WebhookSpec } from './webhook-row.ts';
import {
  DELIVERIES,
  ISSUED_WEBHOOK,
  NEW_WEBHOOK,
  TESTED,
  WEBHOOK,
  WEBHOOK_CHANGE,
  WEBHOOK_LIST,
} from './webhook-schemas.ts';
import { type WebhookBody, webhookSpec } from './webhook-spec.ts';
import { changeWebhook, createWebhook, deleteWebhook, rotateSecret } from './webhook-writes.ts';

const TAG = 'Webhooks';
const COLLECTION = `${BASE}/webhooks`;
const ITEM = `${COLLECTION}/{webhook}`;
const WHOSE = 'For tokens with the role admin; of those for some projects or stages, only what is within these.';

/** So many tests are under way at once. */
const MOST_TESTS = 10;

/** What the operations need. */
export interface WebhookOperationsOptions {
  readonly post: Post;
  readonly allowPrivate: boolean;
  /** How long a receiver may take to answer a test, in ms. */
  readonly timeout: number;
}

type Comment = { readonly comment?: string };
type ChangeBody = Partial<WebhookBody> & Comment & { readonly skipMissed?: boolean };

/** What can be done with webhooks: nobody has told elsewhere what they may not read themselves. */
export function webhookOperations(database: Database, options: WebhookOperationsOptions): readonly Operation[] {
  const { post, allowPrivate, timeout } = options;
  const common = { tag: TAG, access: 'own', description: WHOSE } as const;
  let tests = 0;

  /** Changes one webhook that the caller may deal with. */
  const write = async (
    call: Call,
    work: (transaction: Transaction, before: WebhookRow) => Promise<WebhookRow>,
  ): Promise<WebhookRow> => {
    demandAdmin(call.who);
    return database.write(async (transaction) => {
      const before = await webhookWithin(transaction, call.who, call.params.webhook!);
      checkVersion(call.request, before);
      return work(transaction, before);
    });
  };
  const wanted = (who: Principal, body: WebhookBody): WebhookSpec => {
    const spec = webhookSpec(body, allowPrivate);
    if (!mayDealWith(who, spec)) throw beyond();
    return spec;
  };

  return [
    {
      ...common,
      id: 'listWebhooks',
      method: 'GET',
      path: COLLECTION,
      summary: 'Lists webhooks',
      query: {
        page: { description: 'Which page, from 1.', schema: { type: 'integer' } },
        pageSize: { description: 'How many at most, up to 1,000. Default: 100.', schema: { type: 'integer' } },
      },
      answers: { 200: { description: 'A page of webhooks, by their names.', schema: WEBHOOK_LIST } },
      async handle({ who, query }) {
        demandAdmin(who);
        const page = pageOf(query as { page?: number; pageSize?: number });
        const { rows, total } = await database.read((sql) => listWebhooks(sql, who, page));
        const items = rows.map(shownWebhook);
        return { body: { items, totalCount: total, page: page.page, pageSize: page.pageSize } };
      },
    },
    {
      ...common,
      id: 'createWebhook',
      method: 'POST',
      path: COLLECTION,
      summary: 'Makes a webhook, whose secret is shown this once',
      body: NEW_WEBHOOK,
      answers: { 201: { description: 'The webhook, with its secret.', schema: ISSUED_WEBHOOK } },
      async handle(call) {
        demandAdmin(call.who);
        const body = call.body as WebhookBody & Comment;
        const spec = wanted(call.who, body);
        const by = { by: authorOf(call), comment: body.comment };
        const row = await database.write((transaction) => createWebhook(transaction, spec, by));
        return issued(row, 201);
      },
    },
    {
      ...common,
      id: 'getWebhook',
      method: 'GET',
      path: ITEM,
      summary: 'Reads a webhook, without its secret',
      answers: { 200: { description: 'The webhook.', schema: WEBHOOK } },
      async handle({ who, params }) {
        demandAdmin(who);
        return reply(await webhookWithin(database, who, params.webhook!));
      },
    },
    {
      ...common,
      id: 'replaceWebhook',
      method: 'PUT',
      path: ITEM,
      summary: 'Replaces a webhook, but for its secret',
      body: NEW_WEBHOOK,
      answers: { 200: { description: 'The webhook.', schema: WEBHOOK } },
      async handle(call) {
        const body = call.body as WebhookBody & Comment;
        const by = { by: authorOf(call), comment: body.comment };
        const row = await write(call, (transaction, before) =>
          changeWebhook(transaction, before, wanted(call.who, body), by),
        );
        return reply(row);
      },
    },
    {
      ...common,
      id: 'updateWebhook',
      method: 'PATCH',
      path: ITEM,
      summary: 'Changes a webhook',
      body: WEBHOOK_CHANGE,
      answers: { 200: { description: 'The webhook.', schema: WEBHOOK } },
      async handle(call) {
        const { comment, skipMissed, ...members } = call.body as ChangeBody;
        const by = { by: authorOf(call), comment };
        const row = await write(call, (transaction, before) => {
          const { name, url, events, projects, stages, enabled } = before;
          const spec = wanted(call.who, { name, url, events, projects, stages, enabled, ...members });
          return changeWebhook(transaction, before, spec, by, skipMissed);
        });
        return reply(row);
      },
    },
    {
      ...common,
      id: 'deleteWebhook',
      method: 'DELETE',
      path: ITEM,
      summary: 'Deletes a webhook',
      query: { comment: COMMENT },
      answers: { 204: { description: 'It is gone.' } },
      async handle(call) {
        const by = { by: authorOf(call), comment: call.query.comment as string | undefined };
        await write(call, async (transaction, before) => {
          await deleteWebhook(transaction, before, by);
          return before;
        });
        return { status: 204 };
      },
    },
    {
      ...common,
      id: 'rotateWebhookSecret',
      method: 'POST',
      path: `${ITEM}/rotate-secret`,
      summary: 'Gives a webhook another secret, which is shown this once',
      description: `${WHOSE} For a day what is sent is signed by the one before, too.`,
      answers: { 200: { description: 'The webhook, with its new secret.', schema: ISSUED_WEBHOOK } },
      async handle(call) {
        const by = { by: authorOf(call) };
        return issued(await write(call, (transaction, before) => rotateSecret(transaction, before, by)), 200);
      },
    },
    {
      ...common,
      id: 'testWebhook',
      method: 'POST',
      path: `${ITEM}/test`,
      summary: 'Sends an event of the type Webhook.test, now and once',
      answers: { 200: { description: 'What came of it.', schema: TESTED } },
      async handle({ who, params }) {
        demandAdmin(who);
        const row = await webhookWithin(database, who, params.webhook!);
        if (tests >= MOST_TESTS) throw new Problem('RATE_LIMITED', `${MOST_TESTS} tests are under way; expected fewer`);
        tests++;
        try {
          const event = testEvent(row.id, who.subject);
          const outcome = await attempt(post, row, event, timeout);
          await remembered(database, row.id, event, outcome, 0);
          const { delivered, status, error, ms } = outcome;
          return { body: { delivered, event: event.id, type: event.type, status, error, ms } };
        } finally {
          tests--;
        }
      },
    },
    {
      ...common,
      id: 'listWebhookDeliveries',
      method: 'GET',
      path: `${ITEM}/deliveries`,
      summary: 'Lists what was sent to a webhook, the last 100 attempts',
      answers: { 200: { description: 'The last first.', schema: DELIVERIES } },
      async handle({ who, params }) {
        demandAdmin(who);
        const { id } = await webhookWithin(database, who, params.webhook!);
        return { body: { items: await listDeliveries(database, id) } };
      },
    },
  ];
}

const etagOf = ({ version }: WebhookRow): Readonly<Record<string, string>> => ({ etag: `"${version}"` });

const reply = (row: WebhookRow): Reply => ({ body: shownWebhook(row), headers: etagOf(row) });

function issued(row: WebhookRow, status: 200 | 201): Reply {
  const headers = { ...etagOf(row), ...(status === 201 ? { location: `${COLLECTION}/${row.id}` } : {}) };
  return { status, body: { ...shownWebhook(row), secret: row.secret }, headers };
}

function checkVersion(request: Request, { id, version }: WebhookRow): void {
  const expected = expectedVersion(request, undefined);
  if (expected === undefined || expected === '*' || expected === version) return;
  throw new Problem('VERSION_CONFLICT', `version conflict when updating webhook ${JSON.stringify(id)}`, {
    hint: 'read it again, and make the change to what it is now',
    members: { currentVersion: version, expectedVersion: expected },
  });
}
