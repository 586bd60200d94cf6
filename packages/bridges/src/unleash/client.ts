/** The part of `unleash-client`'s `Unleash` that a resolver uses. Whoever creates a client destroys it. */
export interface UnleashClient {
  isEnabled(name: string, context: UnleashContext): boolean;
  getVariant(name: string, context: UnleashContext): UnleashVariant;
  getFeatureToggleDefinition(name: string): UnleashFlag | undefined;
  getFeatureToggleDefinitions(withFullSegments: boolean): readonly UnleashFlag[];
  isSynchronized(): boolean;
  /** Counts a use of a flag for the metrics that the client sends. */
  count(name: string, enabled: boolean): void;
  on(event: string, listener: (said: unknown) => void): unknown;
  off(event: string, listener: (said: unknown) => void): unknown;
  /** Listens before those who listen already. */
  prependListener?(event: string, listener: (said: unknown) => void): unknown;
  start(): Promise<void>;
  flushMetrics(): Promise<void>;
  destroy(): void;
}

/** Who is asking, as Unleash takes it. */
export interface UnleashContext {
  // this is how the vendor types it, so that its functions take ours
  [name: string]: string | Date | undefined | number | { [name: string]: string | undefined | number };
  userId?: string;
  sessionId?: string;
  remoteAddress?: string;
  environment?: string;
  appName?: string;
  currentTime?: Date;
  properties?: { [name: string]: string };
}

/** What a client says of a variant; `disabled` by name, and not enabled, if there is none. */
export interface UnleashVariant {
  readonly name: string;
  readonly enabled: boolean;
  readonly payload?: UnleashPayload | undefined;
  /** Whether the flag is on for the context. */
  readonly feature_enabled?: boolean | undefined;
}

/** The value of a variant. */
export interface UnleashPayload {
  /** `string`, `number`, `json` or `csv`. */
  readonly type: string;
  readonly value: string;
}

/** The definition of a flag, as the server sent it. */
export interface UnleashFlag {
  readonly name: string;
  readonly enabled: boolean;
  readonly project?: string | undefined;
  readonly strategies?: readonly UnleashStrategy[] | undefined;
  readonly variants?: readonly UnleashVariantDefinition[] | undefined;
  readonly dependencies?: readonly UnleashDependency[] | undefined;
}

/** One way for a flag to be on. */
export interface UnleashStrategy {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly constraints?: readonly unknown[] | undefined;
  readonly segments?: readonly unknown[] | undefined;
  readonly variants?: readonly UnleashVariantDefinition[] | undefined;
}

/** A variant that a flag, or a strategy of it, may serve. */
export interface UnleashVariantDefinition {
  readonly name: string;
  readonly weight: number;
  readonly stickiness?: string | undefined;
  readonly overrides?: readonly unknown[] | undefined;
}

/** A flag that must be on, or off, for another to be on. */
export interface UnleashDependency {
  readonly feature: string;
  /** It must serve one of these variants. */
  readonly variants?: readonly string[] | undefined;
}
