import { both, list, maybe, number, object, optional, record, type Shape, text, truth } from './shape.ts';

const path = list((value, at) => (typeof value === 'number' ? undefined : text(value, at)));
const bucket = object({
  attribute: text,
  value: optional(text),
  bucket: optional(number),
  total: number,
  ranges: list(object({ from: number, to: number, variant: optional(text) })),
});
const clause = object({
  clause: object({ attribute: optional(text), operator: text, values: optional(list(() => undefined)) }),
  matched: truth,
});

/** So deep is no JSON Logic. */
const DEEPEST = 500;

/** A condition, with those it joins. */
function condition(depth = 0): Shape {
  return (value, at) =>
    depth > DEEPEST
      ? 'the explanation is nested too deeply'
      : object({ path, text, held: truth, reads: list(text), parts: list(condition(depth + 1)) })(value, at);
}

/** What of a step its kind takes; others have nothing that is looked at. */
const STEPS: ReadonlyMap<string, Shape> = new Map([
  ['unusable', object({ issues: list(text) })],
  ['prerequisite', object({ key: text, held: truth })],
  ['target', object({ matched: truth })],
  ['rule', object({ id: text, matched: truth, served: truth, clauses: list(clause), bucket: maybe(bucket) })],
  [
    'targeting',
    object({
      seen: record,
      missing: optional(list(text)),
      conditions: optional(list(condition())),
      buckets: optional(list(both(bucket, object({ path })))),
      omitted: optional(number),
    }),
  ],
  ['fallthrough', object({ bucket: maybe(bucket) })],
]);

const step: Shape = (value, at) =>
  object({ kind: text })(value, at) ?? STEPS.get((value as { readonly kind: string }).kind)?.(value, at);

/** What a flag answers for a context, and why. */
export const evaluation: Shape = object({
  project: maybe(text),
  stage: maybe(text),
  flag: text,
  variant: maybe(text),
  reason: text,
  engineReason: text,
  ruleId: maybe(text),
  metadata: record,
  errorCode: optional(text),
  errorMessage: optional(text),
  explanation: optional(
    object({
      flags: list(object({ flag: text, variant: optional(text), engineReason: text, steps: list(step) })),
    }),
  ),
});
