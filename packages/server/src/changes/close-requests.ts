import type { Sql, Transaction } from '../database/database.ts';
import { COLUMNS, resourceOf } from '../resources/table.ts';
import { type Author, type Change, put } from '../resources/write.ts';
import type { ChangeRequestSpec } from '../schema/resources.generated.ts';
import { type ChangeRequest, type RequestStatus, timeOf, withoutApproval } from './request.ts';

/** What requests are about; what is not given may be anything. */
export interface About {
  readonly project: string;
  readonly flag?: string | undefined;
  readonly stage?: string | undefined;
}

/**
 * Closes all pending requests of a project, or of a flag or a stage of it, for what they would change is going; resolves
 * to how many there were. They stay to be looked at.
 */
export async function closeRequestsOf(
  transaction: Transaction,
  about: About,
  by: Author,
  why: string,
): Promise<number> {
  const requests = await pendingRequests(transaction, about);
  for (const request of requests) await putClosed(transaction, request, { by, action: 'close', comment: why });
  return requests.length;
}

/** All pending requests of a project, or of a flag or a stage of it, the first ones first. */
export async function pendingRequests(sql: Sql, { project, flag, stage }: About): Promise<readonly ChangeRequest[]> {
  const rows = await sql.query(
    `select ${COLUMNS} from flagwright.resources
     where kind = 'ChangeRequest' and project = $1 and status ->> 'state' = 'pending'
       and ($2::text is null or spec ->> 'featureFlagId' = $2) and ($3::text is null or stage = $3)
     order by created_at, id collate "C"`,
    [project, flag ?? null, stage ?? null],
  );
  return rows.map((row) => resourceOf<ChangeRequestSpec, RequestStatus>(row));
}

/** Closes one request, for good. The comment of the change is why. */
export async function putClosed(
  transaction: Transaction,
  request: ChangeRequest,
  change: Change,
): Promise<ChangeRequest> {
  const { by, comment } = change;
  const status: RequestStatus = {
    ...withoutApproval(request.status),
    state: 'closed',
    decidedBy: by.subject,
    decidedAt: (await timeOf(transaction)).toISOString(),
    ...(comment === undefined ? {} : { decisionComment: comment }),
  };
  return put(transaction, request, { spec: request.spec, status }, request, change);
}
