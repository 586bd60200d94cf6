import type { Parameter } from '../http/operation.ts';

/** Parameters of every list. */
export const LIST_PARAMETERS: Readonly<Record<string, Parameter>> = {
  filter: {
    description: 'Which to list: `field op value`, joined by and, or, not; e.g. `name~checkout and type=BOOLEAN`.',
    schema: { type: 'string', maxLength: 2_000 },
  },
  sort: {
    description: 'The order: fields, `-` in front for descending; e.g. `-modificationInfo.lastModifiedTime`.',
    schema: { type: 'string', maxLength: 500 },
  },
  page: { description: 'Which page, from 1. Default: 1.', schema: { type: 'integer', minimum: 1, maximum: 1_000_000 } },
  pageSize: {
    description: 'How many to a page. Default: 100.',
    schema: { type: 'integer', minimum: 1, maximum: 1_000 },
  },
};

export const DRY_RUN: Parameter = {
  description: 'Checks everything and answers what would be, and changes nothing.',
  schema: { type: 'boolean' },
};

export const FORCE: Parameter = {
  description:
    'Overrides what may be overridden: whether a flag is active, a protection, a version. Kept in the history.',
  schema: { type: 'boolean' },
};

export const COMMENT: Parameter = {
  description: 'Why; kept in the history.',
  schema: { type: 'string', maxLength: 5_000 },
};
