/** All in ms. */
export interface WebhookTimes {
  /** How long a receiver may take to answer. */
  readonly timeout: number;
  /** How long a webhook belongs to a server that says nothing; more than twice the time-out. */
  readonly lease: number;
  /** How long one webhook is served while others may wait. */
  readonly turn: number;
  /** How often it is looked for changes that nobody hinted at. */
  readonly poll: number;
  /** The wait after the first failure, and the longest. */
  readonly first: number;
  readonly longest: number;
  /** After failing for so long a webhook is disabled. */
  readonly patience: number;
}

export const TIMES: WebhookTimes = {
  timeout: 10_000,
  lease: 60_000,
  turn: 10_000,
  poll: 5_000,
  first: 5_000,
  longest: 3_600_000,
  patience: 3 * 86_400_000,
};

/**
 * How long to wait after a number of failures in a row, in ms: exponential, the half of it by chance, so that receivers
 * which were away are not flooded when they are back; and not less than the receiver asked for.
 */
export function backOff(
  { first, longest }: WebhookTimes,
  failures: number,
  retryAfter = 0,
  random: () => number = Math.random,
): number {
  const most = Math.min(longest, first * 2 ** Math.min(failures - 1, 30));
  return Math.max(Math.min(retryAfter, longest), Math.ceil(most * (0.5 + 0.5 * random())));
}
