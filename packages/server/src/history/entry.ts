import type { Row } from '../database/database.ts';

/** What a resource said, its names and times aside. */
export interface Content {
  readonly spec: unknown;
  readonly status?: unknown;
}

/** One change, as the history has it. */
export interface Entry {
  /** That of the resource since the change; of the whole server's one sequence. */
  readonly version: string;
  readonly at: Date;
  readonly actor: string;
  /** The id of the token it was made with. */
  readonly token: string | null;
  readonly requestId: string;
  readonly action: string;
  /** `Token`, or another word of what is no resource, too. */
  readonly kind: string;
  readonly project: string;
  readonly stage: string;
  readonly id: string;
  /** Null: there was none. */
  readonly before: Content | null;
  /** Null: there is none since. */
  readonly after: Content | null;
  readonly comment: string | null;
  /** A protection or a check was overridden. */
  readonly forced: boolean;
  readonly details: unknown;
}

/** The columns of an entry, as `entryOf` reads them. */
export const ENTRY_COLUMNS: string =
  'version, at, actor, token, request, action, kind, project, stage, id, before, after, comment, forced, details';

/** A row of the history as an entry. */
export function entryOf(row: Row): Entry {
  return {
    version: String(row.version),
    at: row.at as Date,
    actor: row.actor as string,
    token: row.token as string | null,
    requestId: row.request as string,
    action: row.action as string,
    kind: row.kind as string,
    project: row.project as string,
    stage: row.stage as string,
    id: row.id as string,
    before: row.before as Content | null,
    after: row.after as Content | null,
    comment: row.comment as string | null,
    forced: row.forced as boolean,
    details: row.details,
  };
}

/** An entry of the history of one resource, as it is shown. */
export function shownEntry(entry: Entry): object {
  const { version, at, actor, token, requestId, action, comment, forced, before, after, details } = entry;
  return { version, at: at.toISOString(), actor, token, requestId, action, comment, forced, before, after, details };
}

/** An entry of the history of many: also what it is of. The stage of a link is its id, as filters have it. */
export function shownAuditEntry(entry: Entry): object {
  const { kind, project, id } = entry;
  const stage = kind === 'ProjectStage' ? id : entry.stage;
  const place = { ...(project === '' ? {} : { project }), ...(stage === '' ? {} : { stage }) };
  return { kind, ...place, id, ...shownEntry(entry) };
}
