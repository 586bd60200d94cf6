/** What an evaluation says of why. */
export interface LDReason {
  readonly kind: string;
  readonly errorKind?: string | undefined;
  readonly ruleIndex?: number | undefined;
  readonly ruleId?: string | undefined;
  readonly prerequisiteKey?: string | undefined;
  readonly inExperiment?: boolean | undefined;
  readonly bigSegmentsStatus?: string | undefined;
}

/** What an evaluation says. */
export interface LDDetail {
  readonly value: unknown;
  readonly variationIndex?: number | null | undefined;
  readonly reason: LDReason;
}

/** What all flags serve in one context. */
export interface LDFlagsState {
  readonly valid: boolean;
  allValues(): Readonly<Record<string, unknown>>;
  toJSON(): object;
}

/** One context, or several by kind. */
export type LDContext =
  | { readonly kind: string; readonly key: string; readonly [attribute: string]: unknown }
  | { readonly kind: 'multi'; readonly [kind: string]: unknown };

/**
 * The part of LaunchDarkly's client that is used, of `@launchdarkly/node-server-sdk` 9 and of
 * `launchdarkly-node-server-sdk` 7. Whoever creates a client closes it.
 */
export interface LDClient {
  initialized(): boolean;
  waitForInitialization(options: { readonly timeout: number }): Promise<unknown>;
  variationDetail(key: string, context: object, fallback: unknown): Promise<LDDetail>;
  allFlagsState(
    context: object,
    options: { readonly withReasons?: boolean; readonly detailsOnlyForTrackedFlags?: boolean },
  ): Promise<LDFlagsState>;
  track(event: string, context: object, data?: unknown, metricValue?: number): void;
  flush(): Promise<unknown>;
  close(): void;
  on(event: string, listener: (argument: unknown) => void): unknown;
  off(event: string, listener: (argument: unknown) => void): unknown;
}

/** The part of a logger that the client writes to; `console` is one. */
export interface LDLogger {
  debug(...args: unknown[]): void;
  info(...args: unknown[]): void;
  warn(...args: unknown[]): void;
  error(...args: unknown[]): void;
}

/** What a function that makes a client has to hand on to `init`, so that the connection can be heard. */
export interface LDClientOptions {
  readonly logger: LDLogger;
}
