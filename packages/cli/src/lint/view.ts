import {
  type AttributeType,
  type FlagDefinition,
  type FlagDocument,
  type Path,
  type Snapshot,
  USUAL_ATTRIBUTES,
} from '@flagwright/core';
import { type Said, saidBy } from './clauses.ts';
import { type Variants, variantsOf } from './variants.ts';

/** A flag that can be used, as rules look at it. */
export interface FlagView {
  readonly key: string;
  readonly definition: FlagDefinition;
  /** Where it stands in the document. */
  readonly path: Path;
  /** Worked out when somebody asks. */
  readonly variants: Variants;
  /** What the clauses of each of its rules say. */
  readonly said: readonly (readonly Said[])[];
  /** Whether it decides at all. */
  readonly enabled: boolean;
  /** Its JSON Logic; undefined if it has none. */
  readonly logic: unknown;
  /** What it refers to, as `segment:x` and `evaluator:x`. */
  readonly uses: ReadonlySet<string>;
}

/** A set of flags, as rules look at it. */
export interface SetView {
  readonly document: FlagDocument;
  readonly snapshot: Snapshot;
  /** Those that can be used. */
  readonly flags: ReadonlyMap<string, FlagView>;
  /** The definitions of those that cannot, as they were read. */
  readonly broken: readonly unknown[];
  /** In ms since the epoch. */
  readonly now: number;
  /** Whether the document declares attributes. */
  readonly declares: boolean;
  /** The type an attribute is declared with, or has by custom; undefined if nobody knows. */
  typeOf(attribute: string): AttributeType | undefined;
  /** Whether the document says of which type it is. */
  isDeclared(attribute: string): boolean;
}

/** A compiled set, ready to be looked at. */
export function viewOf(snapshot: Snapshot, now: number): SetView {
  const { document } = snapshot;
  const flags = new Map<string, FlagView>();
  const broken: unknown[] = [];
  for (const [key, flag] of snapshot.flags) {
    if (flag.definition !== undefined && !flag.lastGood)
      flags.set(key, new Flag(key, flag.definition, flag.facts?.uses));
    else if (flag.source !== undefined) broken.push(flag.source);
  }
  const { attributes } = snapshot.internals.words.vocabulary;
  return {
    document,
    snapshot,
    flags,
    broken,
    now,
    declares: attributes.size > 0,
    typeOf: (name) => attributes.get(name) ?? USUAL_ATTRIBUTES.get(name),
    isDeclared: (name) => attributes.has(name),
  };
}

const NOTHING: ReadonlySet<string> = new Set();

/** A class, for what is worked out late is remembered. */
class Flag implements FlagView {
  readonly key: string;
  readonly definition: FlagDefinition;
  readonly uses: ReadonlySet<string>;
  #variants: Variants | undefined;
  #said: readonly (readonly Said[])[] | undefined;
  #logic: { readonly value: unknown } | undefined;

  constructor(key: string, definition: FlagDefinition, uses: ReadonlySet<string> = NOTHING) {
    this.key = key;
    this.definition = definition;
    this.uses = uses;
  }

  get path(): Path {
    return ['flags', this.key];
  }

  get enabled(): boolean {
    return this.definition.enabled !== false && this.definition.state !== 'DISABLED';
  }

  get variants(): Variants {
    this.#variants ??= variantsOf(this.definition);
    return this.#variants;
  }

  get said(): readonly (readonly Said[])[] {
    this.#said ??= (this.definition.rules ?? []).map(({ clauses = [] }) => clauses.map(saidBy));
    return this.#said;
  }

  get logic(): unknown {
    this.#logic ??= { value: logicOf(this.definition) };
    return this.#logic.value;
  }
}

function logicOf({ targeting }: FlagDefinition): unknown {
  if (targeting === undefined || targeting === null || targeting === '') return undefined;
  const logic: unknown = typeof targeting === 'string' ? JSON.parse(targeting) : targeting;
  return logic === null || (typeof logic === 'object' && Object.keys(logic).length === 0) ? undefined : logic;
}
