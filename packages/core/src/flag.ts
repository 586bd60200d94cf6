import type { FlagDefinition } from './document.generated.ts';
import type { Evaluation, JsonValue, Metadata } from './evaluation.ts';
import { failed } from './evaluation.ts';
import type { Issue } from './issue.ts';
import { formatIssue, inLine } from './issue.ts';
import type { FlagType, Model } from './model.ts';
import { findVariant, hasType, readModel, typeOfValue, variantOfValue } from './model.ts';
import { Outcomes } from './outcomes.ts';
import { compileProgram, fixedProgram, type Program } from './program.ts';
import type { Decide, EvaluationContext, Scope } from './scope.ts';
import type { FlagFacts } from './validate/flag.ts';
import type { Vocabulary } from './vocabulary.ts';
import { logicEnv } from './vocabulary.ts';

/** A value forced on a flag: any JSON of its type, or `{variant}`. */
export interface Override {
  readonly value: unknown;
}

/** What a flag is made of, once checked. */
export interface FlagParts {
  readonly key: string;
  /** The entry as it was read; identity tells whether it changed. */
  readonly source: unknown;
  /** The definition in use: `source` itself, or the last good one; undefined if there never was one. */
  readonly definition: FlagDefinition | undefined;
  /** The flag serves as it was when it was last good, because what was read cannot be used. */
  readonly lastGood: boolean;
  readonly facts: FlagFacts | undefined;
  readonly override: Override | undefined;
  readonly metadata: Metadata;
  readonly vocabulary: Vocabulary;
  readonly issues: readonly Issue[];
}

/**
 * One flag of a snapshot, ready to answer. Its program is built at first use: checking 10,000 flags is needed at load,
 * building them all is not. A flag whose definition and dependencies are unchanged passes from snapshot to snapshot.
 */
export class CompiledFlag {
  readonly key: string;
  readonly source: unknown;
  readonly definition: FlagDefinition | undefined;
  readonly type: FlagType;
  readonly facts: FlagFacts | undefined;
  readonly issues: readonly Issue[];
  readonly override: Override | undefined;
  /** The flag serves as it was when it was last good, because what was read cannot be used. */
  readonly lastGood: boolean;
  readonly vocabulary: Vocabulary;
  /** The answer, where the context does not matter; known once the program is built. */
  fixed: Evaluation | undefined;
  readonly metadata: Metadata;
  /** Decides for a context; to be called as a method. Total as long as reading the context does not throw. */
  decide: Decide;

  constructor(parts: FlagParts) {
    this.key = parts.key;
    this.source = parts.source;
    this.definition = parts.definition;
    this.facts = parts.facts;
    this.issues = parts.issues;
    this.override = parts.override;
    this.lastGood = parts.lastGood;
    this.vocabulary = parts.vocabulary;
    this.type = parts.facts?.type ?? (parts.override === undefined ? 'mixed' : typeOfValue(parts.override.value));
    this.metadata = parts.metadata;
    this.decide = buildAndDecide;
  }

  /** Whether an answer depends on the time. */
  get timed(): boolean {
    return this.facts?.uses.has('time') ?? false;
  }

  /** Builds the program, which takes the place of `decide`. */
  build(): Decide {
    const { key, definition, override, vocabulary } = this;
    const metadata = this.metadata;
    let program: Program;
    if (override !== undefined) {
      program = fixedProgram(overridden(key, definition, metadata, override));
    } else if (definition === undefined) {
      program = fixedProgram(failed(key, 'PARSE_ERROR', problem(key, this.issues), metadata));
    } else {
      const outcomes = new Outcomes(key, definition, modelOf(definition), metadata);
      program = compileProgram(definition, outcomes, logicEnv(key, vocabulary, ignore, ignore));
    }
    this.fixed = program.fixed;
    this.decide = program.decide;
    return program.decide;
  }
}

/** The `decide` of a flag that was never asked: one function for all of them, so that it costs no memory. */
function buildAndDecide(this: CompiledFlag, context: EvaluationContext, scope: Scope): Evaluation {
  return this.build()(context, scope);
}

const ignore = (): void => {};

/** The model of a definition that was checked before. */
export function modelOf(definition: FlagDefinition): Model {
  return readModel(definition, [], ignore);
}

function problem(key: string, issues: readonly Issue[]): string {
  const first = issues.find((issue) => issue.severity === 'error');
  const said = inLine(`flag ${key} cannot be used`);
  return first === undefined ? said : `${said}: ${formatIssue(first)}`;
}

/** The variant or the value an override means, or why it means nothing for this flag. */
export function readOverride(
  model: Model,
  value: unknown,
): { readonly variant?: string; readonly value: unknown } | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const { variant: name, ...rest } = value as { variant?: unknown };
    if (typeof name === 'string' && Object.keys(rest).length === 0) {
      const variant = findVariant(model, name);
      if (variant !== undefined) return { variant: variant.name, value: variant.value };
      if (model.type !== 'object') return undefined;
    }
  }
  const same = variantOfValue(model, value);
  if (same !== undefined) return { variant: same.name, value: same.value };
  if (typeof value === 'string') {
    const variant = findVariant(model, value);
    if (variant !== undefined) return { variant: variant.name, value: variant.value };
  }
  return hasType(value, model.type) ? { value } : undefined;
}

function overridden(
  key: string,
  definition: FlagDefinition | undefined,
  metadata: Metadata,
  override: Override,
): Evaluation {
  const model: Model = definition === undefined ? { type: 'mixed', variants: [], ordered: true } : modelOf(definition);
  const outcomes = new Outcomes(key, definition ?? {}, model, metadata);
  const because = { reason: 'TARGET_MATCH', standardReason: 'STATIC', override: true } as const;
  const meant = readOverride(model, override.value);
  if (meant?.variant !== undefined) return outcomes.variant(findVariant(model, meant.variant), because);
  return outcomes.value((meant?.value ?? override.value) as JsonValue, because);
}
