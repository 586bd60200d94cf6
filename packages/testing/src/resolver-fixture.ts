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
  // another one each time: what a resolver gives away by mistake is its own
  get 'contract-object'() {
    return { a: [1, { b: 'two' }] };
  },
});

/** A resolver ready to be tested, alone in its world, and not started. */
export interface ResolverFixture {
  readonly resolver: Resolver;
  /** Makes `contract-changing` serve true, as somebody else would. Called once, perhaps after `stop`. */
  readonly change?: () => void | Promise<void>;
  /**
   * Takes the backend away: before `start`, so that it fails; later, so that answers may go out of date. Called again
   * after `mend`, and perhaps after `stop`.
   */
  readonly breakIt?: () => void | Promise<void>;
  /** Gives it back. */
  readonly mend?: () => void | Promise<void>;
  /** Makes the backend accept everything and answer nothing. Called before `start` only. */
  readonly hang?: () => void | Promise<void>;
  /**
   * How often the backend was asked so far: reads, polls, attempts to connect. What is asked from time to time has to be
   * asked more often than every `quietFor`.
   */
  readonly asked?: () => number;
  /**
   * Texts that nobody may be told: the token, the password, the address that is used. The errors of the backend should
   * hold them, as those of drivers do.
   */
  readonly secrets?: readonly string[];
  /** Stops the resolver if it runs, and removes what was made for it. Called once. */
  close(): Promise<void>;
}

/** How long a contract waits for a resolver. */
export interface ResolverTiming {
  /** How long `start` may take to settle, in ms, also if the backend is away or hangs. Default: 5000. */
  readonly startWithin?: number | undefined;
  /** How long an event may take, in ms. Default: 5000. */
  readonly eventWithin?: number | undefined;
  /** How long to listen for events that must not come, in ms. Default: 150. */
  readonly quietFor?: number | undefined;
}

/** What the tests of the contract need: the waits, and how to open another fixture. */
export interface ResolverTestOptions extends ResolverTiming {
  readonly open: () => Promise<ResolverFixture>;
}
