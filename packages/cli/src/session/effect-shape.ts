import { both, list, number, object, oneOf, optional, record, type Shape, text, truth } from './shape.ts';

const ofKind: Readonly<Record<string, Shape>> = {
  variant: object({ variant: text }),
  value: record,
  caller: record,
  error: object({ code: text }),
  expression: record,
};

/** What somebody is served. */
const outcome: Shape = (value, at) =>
  object({ kind: oneOf(...Object.keys(ofKind)) })(value, at) ??
  ofKind[(value as { readonly kind: string }).kind]!(value, at);

const share = object({ share: number, buckets: number });
const moved = object({ from: outcome, to: outcome });

/** Whom a change moves, as far as it is told to people. */
export const effect: Shape = object({
  identical: truth,
  complete: truth,
  others: truth,
  reason: optional(text),
  at: optional(number),
  singleValued: list(text),
  summary: object({
    enabled: optional(object({ to: truth })),
    type: optional(object({ from: text, to: text })),
    variants: optional(object({ added: list(text), removed: list(text), changed: list(object({ name: text })) })),
    default: optional(moved),
    off: optional(moved),
    unusable: optional(object({ before: optional(text), after: optional(text) })),
  }),
  audiences: list(
    object({
      conditions: list(object({ predicate: record, holds: truth, text })),
      moves: list(both(share, moved)),
      stays: list(both(share, object({ outcome: optional(outcome) }))),
      exact: truth,
    }),
  ),
});
