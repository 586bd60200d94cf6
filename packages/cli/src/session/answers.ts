import { anything, both, list, maybe, number, object, record, type Shape, text, truth } from './shape.ts';

const issue = object({
  message: text,
  path: list((value, at) => (typeof value === 'number' ? undefined : text(value, at))),
});
const resource = object({
  id: text,
  kind: text,
  metadata: record,
  spec: record,
  status: maybe(record),
  version: text,
  modificationInfo: record,
});
const saved = both(resource, object({ result: text, warnings: list(issue) }));
const entry = object({ version: text, at: text, actor: text, action: text });
const token = object({ id: text, name: text, subject: text, role: text, projects: names(), stages: names() });
const nothing: Shape = (value, at) => (value === undefined ? undefined : `${at} is not empty`);
const difference = object({ op: text, path: text });
const page = (item: Shape): Shape => object({ items: list(item), totalCount: number });

/** All, or some. */
function names(): Shape {
  return maybe(list(text));
}

/** Where resources are: a list, or one of it. */
const LIST =
  '/(?:projects|stages|templates|change-requests|projects/[^/]+/(?:stages|feature-flags|feature-flag-stages|contexts)|projects/[^/]+/stages/[^/]+/feature-flags)';
const ONE = `${LIST}/[^/]+`;
const FLAG = '/projects/[^/]+/feature-flags/[^/]+';

/** What is answered where, as the OpenAPI document has it; as much of it as commands rely on. */
const ANSWERS: readonly (readonly [methods: RegExp, path: RegExp, answer: Shape])[] = (
  [
    ['GET', LIST, page(resource)],
    ['GET', ONE, resource],
    ['POST', LIST, saved],
    ['PUT|PATCH|DELETE', ONE, saved],
    ['POST', `${ONE}/(?:rollback|promote|apply|close)`, saved],
    ['POST', '/projects/[^/]+/templates/[^/]+/instantiate', both(saved, object({ stageDefinitions: list(resource) }))],
    ['GET', `${ONE}/history`, page(entry)],
    ['GET', `${ONE}/history/diff`, object({ differences: list(difference) })],
    ['GET', `${ONE}/history/\\d+`, entry],
    ['GET', '/audit', page(both(entry, object({ kind: text, id: text })))],
    ['GET', '/change-requests/[^/]+/effect', object({ effect: record, text })],
    [
      'POST',
      '/projects/[^/]+/stages/[^/]+/feature-flags/[^/]+/evaluate',
      object({ flag: text, reason: text, engineReason: text, metadata: record }),
    ],
    ['GET', `${FLAG}/comparison`, object({ stages: list(object({ stage: text })) })],
    ['GET', '/projects/[^/]+/comparison', page(object({ flag: text }))],
    ['GET', `${FLAG}/dependencies`, object({ requires: list(record), requiredBy: list(record) })],
    [
      'GET',
      `${FLAG}/usage`,
      object({
        total: number,
        stages: list(object({ stage: text, total: number })),
        series: list(object({ stage: text, total: number, points: list(object({ at: text, count: number })) })),
      }),
    ],
    ['GET', '/projects/[^/]+/usage/stale', page(object({ id: text }))],
    ['POST', '/validate/(?:targeting|feature-flag)', object({ issues: list(issue) })],
    ['GET', '/tokens', page(token)],
    ['GET|PATCH', '/tokens/[^/]+', token],
    ['POST', '/tokens', both(token, object({ token: text }))],
    ['DELETE', '/tokens/[^/]+', nothing],
    [
      'GET',
      '/whoami',
      object({ subject: text, role: text, projects: names(), stages: names(), may: list(text), token: maybe(token) }),
    ],
    [
      'POST',
      '/apply',
      object({
        applied: truth,
        items: list(
          object({
            index: number,
            metadata: maybe(record),
            warnings: list(issue),
            problem: maybe(object({ status: number, detail: text, code: text, issues: maybe(list(issue)) })),
          }),
        ),
      }),
    ],
  ] as const
).map(([methods, path, answer]) => [new RegExp(`^(?:${methods})$`), new RegExp(`^${path}$`), answer]);

const DOCUMENT = object({ flags: record });
const MANIFESTS = object({ items: list(object({ kind: text, metadata: record, spec: record })) });

/** What the server answers to a request that succeeds; whatever it is where nothing relies on it. */
export function answerOf(method: string, path: string, format: unknown): Shape {
  const [plain = ''] = path.split('?', 1);
  if (method === 'GET' && /^\/projects\/[^/]+\/export$/.test(plain))
    return format === 'document' ? DOCUMENT : MANIFESTS;
  return ANSWERS.find(([methods, at]) => methods.test(method) && at.test(plain))?.[2] ?? anything;
}
