import {
  type AttributeType,
  type Evaluation,
  type EvaluationContext,
  evaluate,
  jsonEqual,
  preview,
  type Snapshot,
} from '@flagwright/core';
import { declaredType, derivedSpecs } from '../simulate/derive.ts';
import { generatedContexts } from '../simulate/generate.ts';
import { type Reads, readsOf } from '../simulate/reads.ts';
import { parseSpecs } from '../simulate/spec.ts';

/** So many contexts are made for a flag, fewer where there are many flags. */
const MOST = 500;
const MOST_TOGETHER = 500_000;

/** How many contexts each of so many flags is checked by, at least nearly. */
export const contextsEach = (flags: number): number =>
  Math.max(20, Math.min(MOST, Math.floor(MOST_TOGETHER / Math.max(1, flags))));

/**
 * What a flag serves otherwise than before, as `would serve … instead of …`, with a context that sees it; undefined if none
 * of the contexts does. These are made of what it asks for before, unless `reads` are given.
 */
export async function difference(
  key: string,
  before: Snapshot,
  after: Snapshot,
  count: number,
  reads: Reads = readsOf(before, key),
): Promise<string | undefined> {
  // the same for both, for a flag may ask what time it is
  const now = before.clock();
  const types = [before, after].map((snapshot) => (name: string) => declaredType(snapshot, name)) as [TypeOf, TypeOf];
  // what one side takes for a version, and the other for text, shows with values of either
  const isTypedOtherwise = [...reads.keys()].some((name) => types[0](name) !== types[1](name));
  for (const typeOf of isTypedOtherwise ? types : [types[0]]) {
    const found = await differenceOver(batchesFor(reads, typeOf, key, count), key, [before, after], now);
    if (found !== undefined) return found;
  }
  return undefined;
}

type TypeOf = (name: string) => AttributeType | undefined;

async function differenceOver(
  batches: AsyncIterable<readonly EvaluationContext[]>,
  key: string,
  sides: readonly Snapshot[],
  now: number,
): Promise<string | undefined> {
  for await (const contexts of batches) {
    for (const context of contexts) {
      const [one, two] = sides.map((snapshot) => evaluate(snapshot, key, undefined, context, now)) as [
        Evaluation,
        Evaluation,
      ];
      if (isSame(one, two)) continue;
      return `would serve ${shown(two)} instead of ${shown(one)}, as for the context ${preview(context)}`;
    }
  }
  return undefined;
}

function isSame(one: Evaluation, two: Evaluation): boolean {
  if (one.errorCode !== two.errorCode) return false;
  // a `default` that is no variant has become one
  if (one.variant !== undefined && one.variant !== two.variant) return false;
  return one.value === two.value || jsonEqual(one.value, two.value);
}

const shown = ({ value, variant, errorCode }: Evaluation): string =>
  errorCode !== undefined
    ? `the error ${errorCode}`
    : value === undefined
      ? "the caller's default"
      : `${preview(value)}${variant === undefined ? '' : ` (${variant})`}`;

/** Contexts that meet what a flag asks for, and the same without one attribute; the keys that it lists; nobody. */
async function* batchesFor(
  reads: Reads,
  typeOf: TypeOf,
  key: string,
  count: number,
): AsyncGenerator<readonly EvaluationContext[]> {
  const listed = (reads.get('targetingKey') ?? []).flatMap(({ values }) =>
    values.filter((value) => typeof value === 'string'),
  );
  yield [{}, ...listed.slice(0, count).map((targetingKey) => ({ targetingKey: targetingKey as string }))];
  let specs: ReturnType<typeof parseSpecs>;
  try {
    specs = parseSpecs(derivedSpecs(reads, typeOf));
  } catch {
    // an attribute with a name that cannot be written so
    specs = parseSpecs(['targetingKey=uuid']);
  }
  for await (const contexts of generatedContexts(specs, count, key).batches()) {
    yield contexts;
    yield contexts.slice(0, specs.length).map((context, i) => {
      const { [specs[i]!.name]: _, ...rest } = context;
      return rest;
    });
  }
}
