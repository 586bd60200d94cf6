import type { Issue } from '@flagwright/core';
import type { ProblemCode } from '../http/problem.ts';

/** What a server, or something in front of it, said instead of doing what was asked. */
export interface Refused {
  readonly status: number;
  /** Undefined if the answer is not one of ours. */
  readonly code: ProblemCode | undefined;
  readonly hint: string | undefined;
  readonly issues: readonly Issue[];
  readonly requestId: string | undefined;
  /** All that the answer says, as `currentVersion` of a conflict. */
  readonly members: Readonly<Record<string, unknown>>;
}

/**
 * An answer that is no success. `code` is the server's word for it; of answers that are not its own, only `status` is
 * known. Nothing in it shows a token.
 */
export class ApiError extends Error implements Refused {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: ProblemCode | undefined;
  readonly hint: string | undefined;
  readonly issues: readonly Issue[];
  readonly requestId: string | undefined;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(message: string, refused: Refused) {
    super(message);
    this.status = refused.status;
    this.code = refused.code;
    this.hint = refused.hint;
    this.issues = refused.issues;
    this.requestId = refused.requestId;
    this.members = refused.members;
  }
}
