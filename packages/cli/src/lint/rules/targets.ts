import type { LintRule } from '../finding.ts';

/** A targeting key that is listed twice. */
export const duplicateTarget: LintRule = {
  id: 'duplicate-target',
  summary: 'a targeting key that stands in two targets of a flag',
  help: 'A key that is listed twice is served the first variant; the second never counts. Remove one of the two.',
  severity: 'warning',
  *flag({ definition, path, variants }) {
    const first = new Map<string, readonly [target: number, variation: string | number]>();
    for (const [i, { variation, values }] of (definition.targets ?? []).entries()) {
      for (const [j, key] of values.entries()) {
        const before = first.get(key);
        if (before === undefined) {
          first.set(key, [i, variation]);
          continue;
        }
        const same = variants.outcome(before[1]) === variants.outcome(variation);
        yield {
          path: [...path, 'targets', i, 'values', j],
          message: `${JSON.stringify(key)} is in target ${before[0]} already${same ? '' : `, and is served ${JSON.stringify(before[1])}`}`,
          hint: 'remove one of the two',
        };
      }
    }
  },
};

/** A key that a segment includes and excludes. */
export const includedAndExcluded: LintRule = {
  id: 'included-and-excluded',
  summary: 'a targeting key that a segment both includes and excludes',
  help: 'Who is `included` is in, whatever `excluded` says. Remove the key from one of the two.',
  severity: 'warning',
  *set({ document, snapshot }) {
    for (const [name, segment] of Object.entries(document.segments ?? {})) {
      if (!snapshot.internals.words.segments.has(name)) continue;
      const included = new Set(segment.included);
      for (const [i, key] of (segment.excluded ?? []).entries()) {
        if (!included.has(key)) continue;
        yield {
          path: ['segments', name, 'excluded', i],
          message: `${JSON.stringify(key)} is included, too, and so is in the segment`,
          hint: 'remove it from one of the two',
        };
      }
    }
  },
};
