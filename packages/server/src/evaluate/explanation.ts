import type { JsonSchema } from '@flagwright/core';

const PATH: JsonSchema = {
  type: 'array',
  description: 'Where it is written, from `targeting` on.',
  items: { type: ['string', 'integer'] },
};

const NAMES: JsonSchema = { type: 'array', items: { type: 'string' } };

const BUCKET: JsonSchema = {
  type: 'object',
  description: 'Who gets what of a split, and where this one falls.',
  properties: {
    path: PATH,
    attribute: { type: 'string', description: 'What is hashed.' },
    salt: { type: 'string', description: 'What is hashed before it.' },
    value: { type: 'string', description: 'Its value. Absent: the context lacks it.' },
    bucket: { type: 'integer', description: 'From 0 to `total` − 1. Absent: there is none.' },
    total: { type: 'integer' },
    ranges: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          from: { type: 'integer' },
          to: { type: 'integer', description: 'The first bucket that is not in it.' },
          variant: {
            type: 'string',
            description:
              'Absent: null in JSON Logic, the next rule elsewhere. A comparison with a share has `true` and `false`.',
          },
        },
        required: ['from', 'to'],
      },
    },
  },
  required: ['attribute', 'salt', 'total', 'ranges'],
};

const CONDITION: JsonSchema = {
  type: 'object',
  properties: {
    path: PATH,
    text: { type: 'string', description: 'For people; `all of`, `any of` and `not` have parts.' },
    held: { type: 'boolean' },
    reads: { ...NAMES, description: 'The attributes it read.' },
    parts: {
      type: 'array',
      description: 'The conditions it joins, up to the one that settled it; of the same form.',
      items: { type: 'object' },
    },
  },
  required: ['path', 'text', 'held', 'reads', 'parts'],
};

const STEP: JsonSchema = {
  type: 'object',
  properties: {
    kind: { type: 'string' },
    seen: { type: 'object', description: 'Of targeting: the attributes it looked for, with their values.' },
    missing: { ...NAMES, description: 'Of targeting: those it looked for and the context lacks.' },
    result: { description: 'Of targeting: what it yields. After null, the default decides.' },
    conditions: {
      type: 'array',
      description: 'Of targeting: what was tested on the way, in that order.',
      items: CONDITION,
    },
    buckets: {
      type: 'array',
      description: 'Of targeting: each `fractional` and each comparison with a share that was reached.',
      items: BUCKET,
    },
    omitted: { type: 'integer', description: 'Of targeting: how many conditions and buckets are left out.' },
    bucket: { ...BUCKET, description: 'Of a rule, or the default: its split.' },
  },
  required: ['kind'],
};

/** How an evaluation is explained. */
export const EXPLANATION: JsonSchema = {
  title: 'Explanation',
  description: 'How it was decided, step by step.',
  type: 'object',
  properties: {
    text: { type: 'string', description: 'For people, in lines.' },
    flags: {
      type: 'array',
      description: 'The flag, and then those it requires, each once.',
      items: {
        type: 'object',
        properties: {
          flag: { type: 'string' },
          value: { description: 'What is served. Absent: the default in the code.' },
          variant: { type: 'string' },
          engineReason: { type: 'string' },
          steps: { type: 'array', items: STEP },
        },
        required: ['flag', 'engineReason', 'steps'],
      },
    },
  },
  required: ['text', 'flags'],
};
