import { randomBytes } from 'node:crypto';
import type { Row } from '../database/database.ts';

/** Something to tell a receiver. */
export interface WebhookEvent {
  /** The same whenever it is sent. */
  readonly id: string;
  /** `FeatureFlagStage.update`. */
  readonly type: string;
  readonly body: string;
}

/** The columns of the audit of which an event is made, of `a`. */
export const EVENT_COLUMNS: string =
  'a.version, a.at, a.actor, a.action, a.kind, a.project, a.stage, a.id, a.comment, a.forced, a.before, a.after';

/** A row of the audit as an event. */
export function eventOf(row: Row): WebhookEvent {
  const version = String(row.version);
  const type = `${row.kind}.${row.action}`;
  const data = {
    version,
    actor: row.actor,
    action: row.action,
    kind: row.kind,
    project: row.project === '' ? null : row.project,
    // that of a link is its id, as filters have it
    stage: row.kind === 'ProjectStage' ? row.id : row.stage === '' ? null : row.stage,
    id: row.id,
    comment: row.comment,
    forced: row.forced,
    before: row.before,
    after: row.after,
  };
  return { id: version, type, body: JSON.stringify({ type, timestamp: (row.at as Date).toISOString(), data }) };
}

/** An event that says nothing, for whoever wants to see that a receiver is reached. */
export function testEvent(webhook: string, actor: string): WebhookEvent {
  const type = 'Webhook.test';
  const data = { version: null, actor, action: 'test', kind: 'Webhook', project: null, stage: null, id: webhook };
  const timestamp = new Date().toISOString();
  const rest = { comment: null, forced: false, before: null, after: null };
  return {
    id: `test_${randomBytes(12).toString('hex')}`,
    type,
    body: JSON.stringify({ type, timestamp, data: { ...data, ...rest } }),
  };
}
