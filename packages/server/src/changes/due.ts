import type { Sql, Transaction } from '../database/database.ts';
import type { Problem } from '../http/problem.ts';
import { type Author, put } from '../resources/write.ts';
import { approverNow } from './approver.ts';
import { applyRequest, type Decided } from './decide.ts';
import { type ChangeRequest, findRequest, type RequestStatus, timeOf, withoutApproval } from './request.ts';

/** So many are looked for at once. */
const MOST = 100;

/** What the history names as the request, where nobody sent one. */
const SCHEDULER = 'scheduler';

/** The ids of requests that were approved, and whose time has come, the first ones first. */
export async function dueRequests(sql: Sql): Promise<readonly string[]> {
  const rows = await sql.query<{ readonly id: string }>(
    `select id from flagwright.resources
     where kind = 'ChangeRequest' and status ->> 'state' = 'pending' and status ->> 'approvedAt' is not null
       and (spec ->> 'applyAt')::timestamptz <= clock_timestamp()
     order by (spec ->> 'applyAt')::timestamptz, created_at, id limit ${MOST}`,
  );
  return rows.map(({ id }) => id);
}

/**
 * Applies a request that is due, as whoever approved it; undefined if another server, or somebody, was first. Throws what
 * `applyRequest` does, and `Problem('FORBIDDEN')` if the token that approved it holds no longer.
 */
export async function applyDue(transaction: Transaction, id: string): Promise<Decided | undefined> {
  const request = await findRequest(transaction, id);
  if (request === undefined || !(await isDue(transaction, request))) return undefined;
  const who = await approverNow(transaction, request);
  return applyRequest(transaction, id, { who, by: authorOf(request), scheduled: true });
}

/** Remembers that a request that is due cannot be applied, and takes its approval back; undefined if it is not due now. */
export async function putFailure(
  transaction: Transaction,
  id: string,
  { code, message }: Problem,
): Promise<ChangeRequest | undefined> {
  const request = await findRequest(transaction, id);
  if (request === undefined || !(await isDue(transaction, request))) return undefined;
  const at = (await timeOf(transaction)).toISOString();
  const status: RequestStatus = { ...withoutApproval(request.status), failure: { code, message, at } };
  const details = { failure: code, scheduled: true };
  const change = { by: authorOf(request), action: 'update', details };
  return put(transaction, request, { spec: request.spec, status }, request, change);
}

async function isDue(transaction: Transaction, { spec, status }: ChangeRequest): Promise<boolean> {
  if (status.state !== 'pending' || status.approvedBy === undefined || spec.applyAt === undefined) return false;
  return Date.parse(spec.applyAt) <= (await timeOf(transaction)).getTime();
}

function authorOf({ status }: ChangeRequest): Author {
  return { subject: status.approvedBy ?? status.requester, token: undefined, request: SCHEDULER };
}
