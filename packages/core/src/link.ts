import type { Metadata } from './evaluation.ts';
import { CompiledFlag, modelOf } from './flag.ts';
import { inspectGraph, MAX_CHAIN, reachingAny } from './graph.ts';
import type { Issue, Path, Report } from './issue.ts';
import { oneOf, preview } from './issue.ts';
import { flagMetadata } from './load.ts';
import { findVariant } from './model.ts';
import type { Links, Snapshot } from './snapshot.ts';

/** The flags of the snapshot being made: those that changed (undefined: removed) over the previous ones. */
export type Changes = Map<string, CompiledFlag | undefined>;

/**
 * Follows prerequisites. Flags on a cycle, or with too long a chain, are replaced in `changes`: by their last good form
 * if they had one that does not close the circle, else by one that answers `PARSE_ERROR`.
 */
export function linkPrerequisites(
  previous: Snapshot | undefined,
  changes: Changes,
  metadata: Metadata,
  locate: (issue: Issue) => Issue,
): Links {
  const before = previous?.internals.links;
  const linked = [...changes].filter(
    ([key, flag]) =>
      (flag?.facts?.prerequisites.length ?? 0) > 0 ||
      before?.prerequisites.has(key) === true ||
      before?.broken.has(key) === true,
  );
  if (before !== undefined && linked.length === 0) return before;

  const prerequisites = new Map(before?.prerequisites);
  const note = (key: string, flag: CompiledFlag | undefined): void => {
    if (flag?.facts !== undefined && flag.facts.prerequisites.length > 0)
      prerequisites.set(key, flag.facts.prerequisites);
    else prerequisites.delete(key);
  };
  for (const [key, flag] of linked) note(key, flag);
  // flags that lay on a cycle get another chance
  for (const [key, flag] of before?.broken ?? []) {
    if (changes.has(key)) continue;
    changes.set(key, flag);
    note(key, flag);
  }

  const broken = new Map<string, CompiledFlag>();
  for (const final of [false, true]) {
    const faults = inspectGraph(prerequisites);
    if (faults.cycles.size === 0 && faults.tooDeep.size === 0) break;
    const put = (key: string, problem: Pick<Issue, 'code' | 'message' | 'hint'>): void => {
      const flag = changes.get(key) ?? previous!.flags.get(key)!;
      const earlier = previous?.flags.get(key);
      const good = final || earlier?.definition === flag.definition ? undefined : earlier;
      if (!final && good?.definition === undefined) return;
      // a flag that is still where it was is not another flag
      const same = final && before?.broken.get(key) === flag && earlier?.issues.at(-1)?.message === problem.message;
      const issue = locate({ severity: 'error', path: ['flags', key, 'prerequisites'], ...problem });
      const replacement = same
        ? earlier!
        : new CompiledFlag({
            key,
            source: flag.source,
            definition: good?.definition,
            facts: good?.facts,
            override: flag.override,
            lastGood: good !== undefined,
            metadata: flagMetadata(good?.definition ?? flag.source, good !== undefined, metadata),
            vocabulary: good?.vocabulary ?? flag.vocabulary,
            issues: [...flag.issues, issue],
          });
      if (!broken.has(key)) broken.set(key, flag);
      changes.set(key, replacement);
      note(key, replacement);
    };
    for (const [key, cycle] of faults.cycles) {
      put(key, {
        code: 'cycle',
        message: `prerequisites go round in a circle: ${shorten(cycle)}`,
        hint: 'remove one of these prerequisites',
      });
    }
    for (const key of faults.tooDeep) {
      put(key, {
        code: 'too-deep',
        message: `a chain of more than ${MAX_CHAIN} prerequisites`,
        hint: 'shorten the chain',
      });
    }
  }
  const branching = [...prerequisites.values()].some(
    (keys) => keys.length > 1 && keys.some((key) => prerequisites.has(key)),
  );
  return { prerequisites, broken, branching };
}

function shorten(cycle: readonly string[]): string {
  return (cycle.length > 12 ? [...cycle.slice(0, 10), `… ${cycle.length - 11} more …`, cycle.at(-1)] : cycle).join(
    ' → ',
  );
}

/** A prerequisite that is not there, or a variant that is not there, is told but breaks nothing: it never holds. */
export function reportMissing(
  { prerequisites }: Links,
  at: (key: string) => CompiledFlag | undefined,
  report: Report,
): void {
  for (const key of prerequisites.keys()) {
    at(key)?.definition?.prerequisites?.forEach(({ key: needed, variation }, i) => {
      const target = at(needed);
      const path: Path = ['flags', key, 'prerequisites', i];
      if (target === undefined) {
        report({
          severity: 'error',
          code: 'unknown-flag',
          path: [...path, 'key'],
          message: `there is no flag ${preview(needed)}`,
          hint: 'the prerequisite never holds: the flag is off',
        });
      } else if (target.definition !== undefined) {
        const model = modelOf(target.definition);
        if (findVariant(model, variation) === undefined) {
          const { variants } = model;
          report({
            severity: 'error',
            code: 'unknown-variant',
            path: [...path, 'variation'],
            message: `flag ${preview(needed)} has no variant ${preview(variation)}`,
            expected: variants.length === 0 ? 'a flag with variants' : oneOf(variants.map((variant) => variant.name)),
            hint: 'the prerequisite never holds: the flag is off',
          });
        }
      }
    });
  }
}

/** The keys whose answers may differ: changed flags, and those that reach one by prerequisite. */
export function changedFlags(
  previous: Snapshot | undefined,
  changes: Changes,
  { prerequisites }: Links,
): readonly string[] {
  for (const [key, flag] of changes) if (flag === previous?.flags.get(key)) changes.delete(key);
  const changed = new Set(changes.keys());
  if (prerequisites.size > 0) for (const key of reachingAny(prerequisites, changed)) changed.add(key);
  return [...changed];
}
