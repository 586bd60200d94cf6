import type { Kind } from '@flagwright/server/model';

export type { Kind } from '@flagwright/server/model';

/** Where resources of a kind are: by themselves, in a project, or in a project and a stage. */
export type Scope = 'global' | 'project' | 'stage';

/** A kind of resource as people name it. */
export interface Noun {
  readonly kind: Kind;
  readonly scope: Scope;
  /** As in `feature-flag/new-checkout`. */
  readonly name: string;
  /** Other names, the plural first. */
  readonly aliases: readonly string[];
  /** The shortest name, as hints use it. */
  readonly short: string;
  /** In a sentence: `feature flag`. */
  readonly one: string;
  readonly many: string;
}

/** All of them; manifests are applied in this order, and deleted in the other one. */
export const NOUNS: readonly Noun[] = [
  {
    kind: 'Project',
    scope: 'global',
    name: 'project',
    aliases: ['projects', 'proj'],
    short: 'projects',
    one: 'project',
    many: 'projects',
  },
  {
    kind: 'Stage',
    scope: 'global',
    name: 'stage',
    aliases: ['stages', 'stg'],
    short: 'stages',
    one: 'stage',
    many: 'stages',
  },
  {
    kind: 'ProjectStage',
    scope: 'project',
    name: 'project-stage',
    aliases: ['project-stages', 'ps'],
    short: 'ps',
    one: 'link to stage',
    many: 'links to stages',
  },
  {
    kind: 'Context',
    scope: 'project',
    name: 'context',
    aliases: ['contexts', 'ctx'],
    short: 'ctx',
    one: 'context attribute',
    many: 'context attributes',
  },
  {
    kind: 'Template',
    scope: 'global',
    name: 'template',
    aliases: ['templates', 'tmpl'],
    short: 'templates',
    one: 'template',
    many: 'templates',
  },
  {
    kind: 'FeatureFlag',
    scope: 'project',
    name: 'feature-flag',
    aliases: ['feature-flags', 'ff', 'flag', 'flags'],
    short: 'ff',
    one: 'feature flag',
    many: 'feature flags',
  },
  {
    kind: 'FeatureFlagStage',
    scope: 'stage',
    name: 'feature-flag-stage',
    aliases: ['feature-flag-stages', 'ffs', 'flag-stage', 'flag-stages'],
    short: 'ffs',
    one: 'stage definition',
    many: 'stage definitions',
  },
  {
    kind: 'ChangeRequest',
    scope: 'global',
    name: 'change-request',
    aliases: ['change-requests', 'cr', 'crs'],
    short: 'cr',
    one: 'change request',
    many: 'change requests',
  },
];

/** All kinds there are. */
export const KINDS: readonly Kind[] = NOUNS.map(({ kind }) => kind);

const BY_NAME: ReadonlyMap<string, Noun> = new Map(
  NOUNS.flatMap((noun) => [noun.name, ...noun.aliases].map((name) => [name, noun] as const)),
);

/** All names, for suggestions and completion. */
export const NOUN_NAMES: readonly string[] = [...BY_NAME.keys()];

/** What a word names, as `ff`, `feature-flags` or `FeatureFlag`; undefined if it names no kind. */
export function nounOf(word: string): Noun | undefined {
  return BY_NAME.get(word) ?? BY_NAME.get(word.toLowerCase()) ?? NOUNS.find(({ kind }) => kind === word);
}

/** The noun of a kind. */
export function nounOfKind(kind: Kind): Noun {
  return NOUNS.find((noun) => noun.kind === kind)!;
}
