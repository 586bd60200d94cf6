import type { JsonSchema } from '@flagwright/core';

const time = (description: string): JsonSchema => ({
  type: 'string',
  format: 'date-time',
  maxLength: 40,
  description,
  'x-expected': 'an RFC 3339 date and time, e.g. 2026-01-31T12:00:00Z',
});

/** So many counts are taken at once. */
export const MOST_COUNTS = 10_000;

/** No more can be counted within an hour. */
const MOST_COUNT = 1_000_000_000_000;

/** Counts that are sent. */
export const USAGE_REPORT: JsonSchema = {
  title: 'UsageReport',
  description: 'How often flags were evaluated by an application.',
  type: 'object',
  additionalProperties: false,
  properties: {
    batch: {
      type: 'string',
      minLength: 1,
      maxLength: 100,
      description: 'A name for these counts: what is sent again by the same within a day counts once.',
    },
    counts: {
      type: 'array',
      minItems: 1,
      maxItems: MOST_COUNTS,
      items: {
        title: 'UsageCount',
        type: 'object',
        additionalProperties: false,
        properties: {
          flag: { type: 'string', minLength: 1, maxLength: 200, description: 'The key of the flag.' },
          variant: {
            type: ['string', 'null'],
            maxLength: 200,
            description: 'The variant that was served; null: none, as where the code’s own default was used.',
          },
          count: { type: 'integer', minimum: 1, maximum: MOST_COUNT, description: 'How often.' },
          at: time('When; the hour of it is kept. Default: now.'),
        },
        required: ['flag', 'count'],
      },
    },
  },
  required: ['counts'],
};

/** What became of them. */
export const USAGE_ADDED: JsonSchema = {
  title: 'UsageAdded',
  type: 'object',
  properties: {
    duplicate: { type: 'boolean', description: 'They were sent before by the same name, and count once.' },
    unknownFlags: {
      type: 'array',
      items: { type: 'string' },
      description: 'Flags that the project does not have; theirs are not kept.',
    },
  },
  required: ['duplicate', 'unknownFlags'],
};

const lastSeen: JsonSchema = {
  type: ['string', 'null'],
  format: 'date-time',
  description: 'The hour of the last evaluation, at any time; null: none is known.',
};

/** How often a flag was evaluated. */
export const FLAG_USAGE: JsonSchema = {
  title: 'FlagUsage',
  type: 'object',
  properties: {
    project: { type: 'string' },
    flag: { type: 'string' },
    from: time('From when, the beginning of an hour or a day of UTC.'),
    to: time('Until when.'),
    step: { type: 'string', enum: ['hour', 'day'] },
    total: { type: 'integer', description: 'How often within that time.' },
    lastSeen,
    stages: {
      type: 'array',
      description: 'By stage.',
      items: {
        type: 'object',
        properties: { stage: { type: 'string' }, total: { type: 'integer' }, lastSeen },
        required: ['stage', 'total', 'lastSeen'],
      },
    },
    series: {
      type: 'array',
      description: 'By stage and variant; a time that is not there has none.',
      items: {
        type: 'object',
        properties: {
          stage: { type: 'string' },
          variant: { type: ['string', 'null'] },
          total: { type: 'integer' },
          points: {
            type: 'array',
            items: {
              type: 'object',
              properties: { at: { type: 'string', format: 'date-time' }, count: { type: 'integer' } },
              required: ['at', 'count'],
            },
          },
        },
        required: ['stage', 'variant', 'total', 'points'],
      },
    },
  },
  required: ['project', 'flag', 'from', 'to', 'step', 'total', 'lastSeen', 'stages', 'series'],
};

/** Flags that nobody asks for. */
export const STALE_FLAGS: JsonSchema = {
  title: 'StaleFlags',
  type: 'object',
  properties: {
    days: { type: 'integer' },
    reportedSince: {
      type: ['string', 'null'],
      format: 'date-time',
      description:
        'Since when evaluations of the project are known; null: there are none, so this says nothing of flags.',
    },
    items: {
      type: 'array',
      items: {
        type: 'object',
        properties: { id: { type: 'string' }, createdTime: { type: 'string', format: 'date-time' }, lastSeen },
        required: ['id', 'createdTime', 'lastSeen'],
      },
    },
    totalCount: { type: 'integer' },
    page: { type: 'integer' },
    pageSize: { type: 'integer' },
  },
  required: ['days', 'reportedSince', 'items', 'totalCount', 'page', 'pageSize'],
};
