import type { JsonSchema } from '@flagwright/core';

const object = (
  title: string,
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[],
): JsonSchema => ({ title, type: 'object', additionalProperties: false, properties, required });

const name: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 100,
  pattern: '^[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N} ._@:/+-]*[\\p{L}\\p{M}\\p{N}])?$',
  'x-expected': 'letters and digits, and blanks and . _ @ : / + - within; at most 100 characters',
  description: 'The name, of which there is only one.',
};

const url: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 2_000,
  description: 'Where to send to: http or https, without user and password.',
};

const events: JsonSchema = {
  type: 'array',
  minItems: 1,
  maxItems: 100,
  items: {
    type: 'string',
    maxLength: 100,
    pattern: '^(?:\\*|(?:[A-Za-z]+|\\*)\\.(?:[a-z-]+|\\*))$',
    'x-expected': 'a kind and an action, as FeatureFlag.update, FeatureFlagStage.* or *.delete; or * for all',
  },
  description: 'What to send. Default: all.',
};

const scope: JsonSchema = {
  type: ['array', 'null'],
  minItems: 1,
  maxItems: 100,
  items: { type: 'string', minLength: 1, maxLength: 63, pattern: '^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$' },
};
const projects: JsonSchema = { ...scope, description: 'Of which projects; null: of the whole server.' };
const stages: JsonSchema = {
  ...scope,
  description: 'Of which stages, and what their projects have in common; null: of all.',
};
const enabled: JsonSchema = { type: 'boolean', description: 'Whether anything is sent. Default: true.' };
const comment: JsonSchema = { type: 'string', maxLength: 5_000, description: 'Why; kept in the history.' };
const skipMissed: JsonSchema = {
  type: 'boolean',
  description: 'Whether to leave out what was not sent yet. Default: false, so a webhook goes on where it stopped.',
};

const SPEC = { name, url, events, projects, stages, enabled } as const;

/** What a webhook is made of. */
export const NEW_WEBHOOK: JsonSchema = object('NewWebhook', { ...SPEC, comment }, ['name', 'url']);

/** What may be changed of a webhook. */
export const WEBHOOK_CHANGE: JsonSchema = object('WebhookChange', { ...SPEC, comment, skipMissed }, []);

const time = (description: string): JsonSchema => ({ type: ['string', 'null'], format: 'date-time', description });

const DELIVERY_STATE: JsonSchema = object(
  'WebhookState',
  {
    cursor: { type: 'string', description: 'The version of the last change it is done with.' },
    failures: { type: 'integer', description: 'How often in a row the next event was not taken.' },
    failingSince: time('Since when; null: all is well.'),
    nextAttemptAt: time('When it is tried again.'),
    lastStatus: { type: ['integer', 'null'], description: 'What the receiver answered last; null: nothing.' },
    lastError: { type: ['string', 'null'], description: 'What was wrong with that.' },
    lastAt: time('When that was.'),
  },
  ['cursor', 'failures', 'failingSince', 'nextAttemptAt', 'lastStatus', 'lastError', 'lastAt'],
);

const PROPERTIES: Readonly<Record<string, JsonSchema>> = {
  id: { type: 'string' },
  ...SPEC,
  version: { type: 'string', description: 'Opaque: send it back in If-Match.' },
  createdAt: { type: 'string', format: 'date-time' },
  createdBy: { type: 'string' },
  modifiedAt: { type: 'string', format: 'date-time' },
  modifiedBy: { type: 'string' },
  delivery: DELIVERY_STATE,
};

/** A webhook, without anything secret. */
export const WEBHOOK: JsonSchema = object('Webhook', PROPERTIES, Object.keys(PROPERTIES));

/** A webhook that was made, or has another secret. */
export const ISSUED_WEBHOOK: JsonSchema = object(
  'IssuedWebhook',
  {
    ...PROPERTIES,
    secret: {
      type: 'string',
      description: 'By what receivers verify signatures, by https://standardwebhooks.com; it is shown only here.',
    },
  },
  [...Object.keys(PROPERTIES), 'secret'],
);

export const WEBHOOK_LIST: JsonSchema = object(
  'WebhookList',
  {
    items: { type: 'array', items: WEBHOOK },
    totalCount: { type: 'integer', description: 'How many there are on all pages.' },
    page: { type: 'integer' },
    pageSize: { type: 'integer' },
  },
  ['items', 'totalCount', 'page', 'pageSize'],
);

const OUTCOME: Readonly<Record<string, JsonSchema>> = {
  event: { type: 'string', description: 'The header `webhook-id`.' },
  type: { type: 'string', description: 'As `FeatureFlagStage.update`.' },
  status: { type: ['integer', 'null'], description: 'What the receiver answered; null: nothing.' },
  error: { type: ['string', 'null'], description: 'What was wrong with that; null: it was taken.' },
  ms: { type: 'integer', description: 'How long it took.' },
};

/** What came of a test. */
export const TESTED: JsonSchema = object('WebhookTest', { delivered: { type: 'boolean' }, ...OUTCOME }, [
  'delivered',
  ...Object.keys(OUTCOME),
]);

const DELIVERY: JsonSchema = object(
  'WebhookDelivery',
  {
    id: { type: 'string' },
    at: { type: 'string', format: 'date-time', description: 'When it was over.' },
    attempt: { type: 'integer', description: 'Which time in a row the event was sent, from 1; 0: it was a test.' },
    ...OUTCOME,
  },
  ['id', 'at', 'attempt', ...Object.keys(OUTCOME)],
);

/** What was sent, the last first. */
export const DELIVERIES: JsonSchema = object('WebhookDeliveryList', { items: { type: 'array', items: DELIVERY } }, [
  'items',
]);
