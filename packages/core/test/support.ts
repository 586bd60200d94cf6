import type {
  CompileOptions,
  Evaluation,
  EvaluationContext,
  FlagDocument,
  FlagSet,
  Issue,
  Snapshot,
} from '../src/index.ts';
import { compile, evaluate, share } from '../src/index.ts';

let revision = 0;

/** A document, whatever it is, as a set of its own revision. */
export function setOf(document: unknown): FlagSet {
  revision += 1;
  return { document: document as FlagDocument, revision: `test.${revision}` };
}

/** A document compiled from scratch. */
export function load(document: unknown, options?: CompileOptions): Snapshot {
  return compile(setOf(document), undefined, options);
}

/** A document compiled over a snapshot, after `share`, as `follow` does it. */
export function reload(previous: Snapshot, document: unknown): Snapshot {
  const before: FlagSet = { document: previous.document, revision: previous.revision };
  return compile(share(before, setOf(document)), previous);
}

/** A document compiled from scratch, shared as `follow` shares its first read. */
export function loadShared(document: unknown): Snapshot {
  return compile(share(undefined, setOf(document)));
}

/** One flag by itself, under the key `flag`, evaluated for a context. */
export function answer(flag: unknown, context: EvaluationContext = {}, rest: object = {}): Evaluation {
  return evaluate(load({ flags: { flag }, ...rest }), 'flag', undefined, context);
}

export function codes(issues: readonly Issue[], severity?: Issue['severity']): string[] {
  return issues.filter((issue) => severity === undefined || issue.severity === severity).map((issue) => issue.code);
}

export function errorsOf(snapshot: Snapshot): string[] {
  return codes(snapshot.issues, 'error');
}

/** The facts of an evaluation that do not depend on object identity. */
export function facts(evaluation: Evaluation): unknown {
  const { details, ...rest } = evaluation;
  const { errorMessage: _, ...plain } = rest;
  const { errorMessage: __, ...said } = details;
  return { ...plain, details: { ...said, flagMetadata: { ...details.flagMetadata } } };
}

export const silent = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

export const BOOLEAN = { type: 'boolean', variants: { on: true, off: false } } as const;
