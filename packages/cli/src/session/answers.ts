import { type Kind, NOUNS } from '../nouns/noun.ts';
import { effect } from './effect-shape.ts';
import { evaluation } from './evaluation-shape.ts';
import { applied, dependency, difference, entry, id, issue, manifest, resource, saved } from './resource-shapes.ts';
import {
  anything,
  both,
  count,
  either,
  list,
  mapOf,
  maybe,
  object,
  optional,
  orNull,
  record,
  type Shape,
  text,
  time,
  truth,
} from './shape.ts';

const scope = { projects: orNull(list(text)), stages: orNull(list(text)) };
const named = { id, name: text };
const token = object({
  ...named,
  ...scope,
  subject: text,
  role: text,
  createdAt: time,
  createdBy: text,
  expiresAt: orNull(time),
  revokedAt: orNull(time),
  lastUsedAt: orNull(time),
});
const nothing: Shape = (value, at) => (value === undefined ? undefined : `${at} is not empty`);
const page = (item: Shape): Shape => object({ items: list(item), totalCount: count, page: count, pageSize: count });

const PROJECT = '/projects/[^/]+';
const FLAG = `${PROJECT}/feature-flags/[^/]+`;

/** Where the resources of a kind are. */
const PLACES: Readonly<Record<Kind, string>> = {
  Project: '/projects',
  Stage: '/stages',
  Template: '/templates',
  ChangeRequest: '/change-requests',
  ProjectStage: `${PROJECT}/stages`,
  FeatureFlag: `${PROJECT}/feature-flags`,
  FeatureFlagStage: `${PROJECT}/(?:feature-flag-stages|stages/[^/]+/feature-flags)`,
  Context: `${PROJECT}/contexts`,
};

type Answer = readonly [methods: string, path: string, answer: Shape];

const OF_RESOURCES: readonly Answer[] = NOUNS.flatMap(({ kind }): readonly Answer[] => {
  const all = PLACES[kind];
  const one = `${all}/[^/]+`;
  const [read, written] = [resource(kind), saved(kind)];
  return [
    ['GET', all, page(read)],
    ['GET', one, read],
    ['POST', all, written],
    ['PUT|PATCH|DELETE', one, written],
    ['POST', `${one}/(?:rollback|apply|close)`, written],
    ['GET', `${one}/history`, page(entry)],
    ['GET', `${one}/history/diff`, object({ differences: list(difference) })],
    ['GET', `${one}/history/\\d+`, entry],
  ];
});

/** What is answered where, as the OpenAPI document has it; as much of it as commands rely on. */
const ANSWERS: readonly (readonly [methods: RegExp, path: RegExp, answer: Shape])[] = (
  [
    ...OF_RESOURCES,
    [
      'POST',
      `${FLAG}/promote`,
      both(saved('ChangeRequest', 'FeatureFlagStage'), object({ effectText: optional(text) })),
    ],
    [
      'POST',
      `${PROJECT}/templates/[^/]+/instantiate`,
      both(saved('FeatureFlag'), object({ stageDefinitions: list(resource('FeatureFlagStage')) })),
    ],
    ['GET', '/audit', page(both(entry, object({ kind: text, id: text })))],
    ['GET', '/change-requests/[^/]+/effect', object({ effect, text, version: text })],
    ['POST', `${PROJECT}/stages/[^/]+/feature-flags/[^/]+/evaluate`, evaluation],
    ['GET', `${FLAG}/comparison`, object({ stages: list(object({ stage: text, flag: maybe(record) })) })],
    ['GET', `${PROJECT}/comparison`, page(object({ flag: text, from: maybe(record), to: maybe(record) }))],
    ['GET', `${FLAG}/dependencies`, object({ requires: list(dependency), requiredBy: list(dependency) })],
    [
      'GET',
      `${FLAG}/usage`,
      object({
        total: count,
        lastSeen: orNull(time),
        stages: list(object({ stage: text, total: count, lastSeen: orNull(time) })),
        series: list(
          object({
            stage: text,
            variant: orNull(text),
            total: count,
            points: list(object({ at: time, count })),
          }),
        ),
      }),
    ],
    [
      'GET',
      `${PROJECT}/usage/stale`,
      both(
        page(object({ id: text, createdTime: time, lastSeen: orNull(time) })),
        object({ reportedSince: orNull(time) }),
      ),
    ],
    ['POST', '/validate/(?:targeting|feature-flag)', object({ issues: list(issue) })],
    ['GET', '/tokens', page(token)],
    ['GET|PATCH', '/tokens/[^/]+', token],
    ['POST', '/tokens', both(token, object({ token: text }))],
    ['DELETE', '/tokens/[^/]+', nothing],
    [
      'GET',
      '/whoami',
      object({
        ...scope,
        subject: text,
        role: text,
        may: list(text),
        token: orNull(object({ ...named, expiresAt: orNull(time), revokedAt: orNull(time) })),
      }),
    ],
    ['POST', '/apply', object({ applied: truth, items: list(applied) })],
  ] as readonly Answer[]
).map(([methods, path, answer]) => [new RegExp(`^(?:${methods})$`), new RegExp(`^${path}$`), answer]);

const DOCUMENT = object({
  flags: mapOf(record),
  attributes: optional(mapOf(either(text, object({ type: text })))),
});
const MANIFESTS = object({
  items: list(manifest),
  omitted: optional(list(object({ kind: text, metadata: record, reason: text }))),
});

/** What the server answers to a request that succeeds; whatever it is where nothing relies on it. */
export function answerOf(method: string, path: string, format: unknown): Shape {
  const [plain = ''] = path.split('?', 1);
  if (method === 'GET' && /^\/projects\/[^/]+\/export$/.test(plain))
    return format === 'document' ? DOCUMENT : MANIFESTS;
  return ANSWERS.find(([methods, at]) => methods.test(method) && at.test(plain))?.[2] ?? anything;
}
