import { preview } from '@flagwright/core';
import { covers, demand, type Principal } from '../access/principal.ts';
import type { Sql } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import { findWebhook, type WebhookRow, type WebhookSpec } from './webhook-row.ts';

/** Whoever is not for the whole server administers at a place they are for. */
export function demandAdmin(who: Principal): void {
  demand(who, 'administer', { project: who.projects?.[0], stage: who.stages?.[0] });
}

/** Whether somebody may read, and so have told elsewhere, all that a webhook tells. */
export function mayDealWith(who: Principal, { projects, stages }: Pick<WebhookSpec, 'projects' | 'stages'>): boolean {
  return covers(who, { role: 'admin', projects: projects ?? undefined, stages: stages ?? undefined });
}

/** A webhook that somebody may deal with. Throws `Problem`: `NOT_FOUND`, `FORBIDDEN`. */
export async function webhookWithin(sql: Sql, who: Principal, id: string): Promise<WebhookRow> {
  const row = await existingWebhook(sql, id);
  if (mayDealWith(who, row)) return row;
  throw beyond();
}

/** That somebody may not. */
export function beyond(): Problem {
  return new Problem('FORBIDDEN', 'this token may not deal with a webhook that tells more than the token may read', {
    hint: 'name projects and stages that this token is for, or ask somebody who may do more',
  });
}

async function existingWebhook(sql: Sql, id: string): Promise<WebhookRow> {
  const row = await findWebhook(sql, id);
  if (row !== undefined) return row;
  throw new Problem('NOT_FOUND', `there is no webhook with the id ${preview(id)}`, {
    members: { kind: 'Webhook', id },
  });
}
