import type { JsonValue, Resolver } from '@flagwright/core';

/**
 * The flags that a resolver serves in its contract, by key, as long as its backend is good. Two more: `contract-off`, a
 * boolean flag that is off, and `contract-changing`, a boolean flag that serves false until `change` was called.
 * There is no flag `contract-missing`.
 */
export const CONTRACT_FLAGS: Readonly<Record<string, JsonValue>> = Object.freeze({
  'contract-true': true,
  'contract-false': false,
  'contract-string': 'hello',
  'contract-empty': '',
  'contract-number': 3.5,
  'contract-integer': 42,
  'contract-zero': 0,
  'contract-object': { a: [1, { b: 'two' }] },
});

/** A resolver ready to be tested, alone in its world, and not started. */
export interface ResolverFixture {
  readonly resolver: Resolver;
  /** Makes `contract-changing` serve true, as somebody else would. */
  readonly change?: () => void | Promise<void>;
  /** Takes the backend away: before `start`, so that it fails; later, so that answers may go out of date. */
  readonly breakIt?: () => void | Promise<void>;
  /** Gives it back. */
  readonly mend?: () => void | Promise<void>;
  /** Makes the backend accept everything and answer nothing. Called before `start` only. */
  readonly hang?: () => void | Promise<void>;
  /** Stops the resolver if it runs, and removes what was made for it. */
  close(): Promise<void>;
}
