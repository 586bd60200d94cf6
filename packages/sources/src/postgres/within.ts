import type { Edit } from '@flagwright/core';
import { checkTexts } from '../checks.ts';
import { checkedEdits } from '../edits.ts';
import { commitSql, sent, toSend } from './commit.ts';
import type { PgClient } from './driver.ts';
import { checkAuthor, checkSetName, namesOf } from './names.ts';
import { SCHEMA_VERSION } from './schema.ts';

/** Options of `commitWithin`: the set, and who writes it. */
export interface CommitWithinOptions {
  /** The table of flags: `table` or `schema.table`. Default: `feature_flags`. */
  readonly table?: string | undefined;
  readonly project: string;
  readonly stage: string;
  /** Commits as the manager of the set: it takes over a set that has none. */
  readonly manager?: string | undefined;
}

/**
 * Commits as `commit` of `postgresStore` does, on a connection and in the transaction of the caller, so that flags change
 * together with what else is written there, or not at all; resolves to the revision that the set has once the transaction
 * is committed. Readers are hinted at it then. Other writers of the table wait for the transaction from here on.
 *
 * Throws `FlagError`: `INVALID_ARGUMENT` for what makes no sense, and `CONFLICT`, after neither of which anything has
 * changed; and what the driver throws for a statement that failed, as it is: `postgresFailure` says what that means.
 */
export async function commitWithin(
  client: Pick<PgClient, 'query'>,
  options: CommitWithinOptions,
  edits: readonly Edit[],
  by?: string,
): Promise<string> {
  const { table = 'feature_flags', project, stage, manager } = options;
  const text = commitSql(namesOf(table));
  checkSetName('project', project);
  checkSetName('stage', stage);
  checkTexts({ manager });
  checkAuthor(by);
  return sent(toSend(checkedEdits(edits)), async (json) => {
    const values = [project, stage, json, by ?? null, manager ?? null, SCHEMA_VERSION];
    const { rows = [] } = await client.query({ text, values, rowMode: 'array' });
    return rows;
  });
}
