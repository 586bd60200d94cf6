/** What is expected of an answer: all that is there must hold. */
export interface Expectation {
  /** The name of a variant; if the flag serves a value that is none, that value. */
  readonly variant?: string;
  readonly value?: unknown;
  /** In the words of OpenFeature, or of the evaluator. */
  readonly reason?: string;
  readonly rule?: string;
  readonly error?: string;
  /** The flag leaves it to the default in the code. */
  readonly codeDefault?: true;
}

/** What is expected of a flag in many contexts. */
export interface ShareExpectation {
  readonly contexts: number;
  /** The attribute that differs between them. */
  readonly vary: string;
  /** Variants and their shares, from 0 to 1. */
  readonly shares: ReadonlyMap<string, number>;
  readonly within: number;
}
