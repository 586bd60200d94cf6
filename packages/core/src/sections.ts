import type { Kind } from './source.ts';

/** The name of a section of a document that holds entries. */
export type Section = 'flags' | 'segments' | '$evaluators' | 'attributes' | 'metadata' | 'overrides';

/** Where a document keeps the entries of each kind. */
export const SECTION_OF: Readonly<Record<Kind, Section>> = {
  flag: 'flags',
  segment: 'segments',
  evaluator: '$evaluators',
  attribute: 'attributes',
  metadata: 'metadata',
  override: 'overrides',
};
