import type { AttributeType, FlagDocument } from './document.generated.ts';
import type { Report } from './issue.ts';
import type { LogicEnv } from './logic/index.ts';

/** What expressions and clauses may refer to besides the context: shared evaluators, attribute types, segments. */
export interface Vocabulary {
  readonly evaluators: ReadonlyMap<string, unknown>;
  readonly attributes: ReadonlyMap<string, AttributeType>;
  readonly segments: ReadonlyMap<string, unknown>;
}

/** The vocabulary of a document whose kinds are maps. */
export function readVocabulary(document: FlagDocument): Vocabulary {
  const attributes = Object.entries(document.attributes ?? {}).map(
    ([name, attribute]) => [name, typeof attribute === 'string' ? attribute : attribute?.type] as const,
  );
  return {
    evaluators: new Map(Object.entries(document.$evaluators ?? {})),
    attributes: new Map(attributes.filter(([, type]) => typeof type === 'string')),
    segments: new Map(Object.entries(document.segments ?? {})),
  };
}

/** Attributes every application may set without declaring them. */
export const USUAL_ATTRIBUTES: ReadonlyMap<string, AttributeType> = new Map<string, AttributeType>([
  ['key', 'string'],
  ['targetingKey', 'string'],
  ['name', 'string'],
  ['email', 'string'],
  ['ip', 'string'],
  ['country', 'string'],
  ['anonymous', 'boolean'],
  ['groups', 'list'],
]);

/** The environment a flag's JSON Logic is compiled in. `use` hears of everything the result depends on. */
export function logicEnv(
  flagKey: string,
  words: Vocabulary,
  use: (dependency: string) => void,
  report: Report,
): LogicEnv {
  return {
    flagKey,
    declared: words.attributes.size > 0,
    evaluator: (name) => words.evaluators.get(name),
    // where nothing is declared nothing is known, and no comparison is doubted
    attributeType: (name) =>
      words.attributes.get(name) ?? (words.attributes.size === 0 ? undefined : USUAL_ATTRIBUTES.get(name)),
    hasSegment: (name) => words.segments.has(name),
    use,
    report,
  };
}
