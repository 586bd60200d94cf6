import type { Role } from '../access/principal.ts';
import type { Sql } from '../database/database.ts';
import { Problem } from '../http/problem.ts';
import type { Difference } from '../resources/difference.ts';
import { type Key, named, type Resource } from '../resources/resource.ts';
import { COLUMNS, resourceOf } from '../resources/table.ts';
import type { ChangeRequestSpec } from '../schema/resources.generated.ts';

/** Where a change request is on its way; the last two are final. */
export type State = 'pending' | 'applied' | 'closed';

/** The stage definition, or the flag's own, is not any more what a request was written for. */
export interface Conflict {
  /** The version of the stage definition when that was found; `0`: there was none. */
  readonly currentVersion: string;
  /** The version of the flag when that was found, if it decides otherwise than it did; else absent. */
  readonly flagVersion?: string;
  /** From what the request was written for to what was there, of both; absent if the former was never there. */
  readonly difference?: readonly Difference[];
}

/** Why a request could not be applied when it was due, or its approval was taken back. */
export interface Failure {
  /** Of the problem, as `INVALID_SPEC`. */
  readonly code: string;
  readonly message: string;
  readonly at: string;
}

/** What the server knows of a change request. Times are RFC 3339, by the clock of the database. */
export interface RequestStatus {
  readonly state: State;
  /** Who asked for the change. */
  readonly requester: string;
  readonly requestedAt: string;
  /**
   * The version of the flag's own definition that it was written for: when it was made, last changed, or approved. Absent:
   * it is not known, and whoever applies it has to insist.
   */
  readonly flagVersion?: string;
  /** Who else wrote what it says. */
  readonly editors?: readonly string[];
  /** Who decided that it be applied at its time; taken back when what it says is changed. */
  readonly approvedBy?: string;
  readonly approvedAt?: string;
  /** What that token was for: whether it is enough is asked again when the request is due. */
  readonly approvedAs?: Role;
  /** The id of that token, which must still hold then; absent where none was asked for. */
  readonly approvedToken?: string;
  /** Who applied or closed it. */
  readonly decidedBy?: string;
  readonly decidedAt?: string;
  /** Why, as whoever decided said. */
  readonly decisionComment?: string;
  /** The version of the stage definition that it was applied as. */
  readonly appliedVersion?: string;
  readonly conflict?: Conflict;
  readonly failure?: Failure;
}

/** A change request as it is stored: it always has the version it was written for. */
export type ChangeRequest = Resource<ChangeRequestSpec, RequestStatus>;

/** By what a change request is found; its place is that of what it changes. */
export function requestKey(id: string, project = '', stage = ''): Key {
  return { kind: 'ChangeRequest', project, stage, id };
}

/** A change request by its id, which says nothing of its place; undefined if there is none. */
export async function findRequest(sql: Sql, id: string): Promise<ChangeRequest | undefined> {
  const [row] = await sql.query(
    `select ${COLUMNS} from flagwright.resources where kind = 'ChangeRequest' and id = $1`,
    [id],
  );
  return row === undefined ? undefined : resourceOf(row);
}

/** Throws `Problem('NOT_PENDING')` for a request that was decided upon. */
export function checkPending(request: ChangeRequest): void {
  const { state, decidedBy, decidedAt } = request.status;
  if (state === 'pending') return;
  throw new Problem('NOT_PENDING', `${named(request)} is ${state} already; expected a pending one`, {
    hint: 'what was decided stays so: ask for another change',
    members: { state, decidedBy, decidedAt },
  });
}

/** A status without approval, and what was said with it. */
export function withoutApproval(status: RequestStatus): RequestStatus {
  const { approvedBy, approvedAt, approvedAs, approvedToken, decisionComment, ...rest } = status;
  return rest;
}

/** The time of the database: servers may have other clocks. */
export async function timeOf(sql: Sql): Promise<Date> {
  const [row] = await sql.query<{ readonly now: Date }>('select clock_timestamp() as now');
  return row!.now;
}
