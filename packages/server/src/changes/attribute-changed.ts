import type { Transaction } from '../database/database.ts';
import { mentionedBy } from '../resources/mentions.ts';
import { type Key, named } from '../resources/resource.ts';
import { type Author, put } from '../resources/write.ts';
import { pendingRequests } from './close-requests.ts';
import { type RequestStatus, timeOf, withoutApproval } from './request.ts';

/**
 * Once comparisons of an attribute mean something else, so do pending requests whose stage definition compares it, now or
 * then: their approvals are taken back, and they say why. Those without approval are written to as well, so that they have
 * a new version: whoever has looked at one before, and decides upon that, is told. It is done here and not when they are
 * applied, for then the history would have to be asked for all attributes, of each request.
 */
export async function takeBackApprovals(transaction: Transaction, attribute: Key, by: Author): Promise<void> {
  const { project, id } = attribute;
  const mentions = await mentionedBy(transaction, project, id);
  if (mentions.length === 0) return;
  const at = (await timeOf(transaction)).toISOString();
  const message = `${named(attribute)} has become a version, or ceased to be one, so what is compared means something else`;
  for (const request of await pendingRequests(transaction, { project })) {
    const meant = mentions.some(
      (one) =>
        one.stage === request.stage && one.flag === request.spec.featureFlagId && touches(one.request, request.id),
    );
    if (!meant) continue;
    const status: RequestStatus = { ...withoutApproval(request.status), failure: { code: 'CONFLICT', message, at } };
    const change = { by, action: 'update', details: { failure: 'CONFLICT', attribute: id } };
    await put(transaction, request, { spec: request.spec, status }, request, change);
  }
}

const touches = (mentioning: string | undefined, id: string): boolean => mentioning === undefined || mentioning === id;
