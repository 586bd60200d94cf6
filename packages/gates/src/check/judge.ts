import { type Issue, type Place, suggest } from '@flagwright/core';
import type { Gates } from '../gates.ts';
import { fold, gateName } from '../names.ts';
import { type ClassFact, ungatedClasses } from './classes.ts';
import type { Facts } from './facts.ts';
import type { Modules } from './modules.ts';

/** What the check found. */
export interface GateCheck {
  /** What is wrong, and what is doubtful, in the order of files and lines. */
  readonly issues: readonly Issue[];
  /** Where gates are asked for by names that are worked out at run time: those cannot be checked. */
  readonly unchecked: readonly Issue[];
  /** Where each declared gate is used; gates that are used nowhere are not in it. */
  readonly uses: ReadonlyMap<string, readonly Place[]>;
  /** How many files were looked at. */
  readonly files: number;
}

export interface JudgeOptions {
  /** Gates that are used where the check cannot see it. */
  readonly used: ReadonlySet<string>;
  /** Base classes of features. */
  readonly bases: ReadonlySet<string>;
}

/** Each is looked for among all gates; whoever has more wrong has something else wrong. */
const MOST_SUGGESTIONS = 100;

/** Holds what was read against what is declared. */
export function judge(gates: Gates, files: readonly Facts[], modules: Modules, options: JudgeOptions): GateCheck {
  const uses = new Map<string, Place[]>();
  const issues: Issue[] = [];
  const unchecked: Issue[] = [];
  const { program } = gates.program;
  const names = gates.list().map(({ name }) => name);
  let suggested = 0;
  const folded = new Map(names.map((name) => [fold(name), name]));
  for (const file of files) {
    for (const { how, value, certain, place } of file.uses) {
      const texts = [...value.texts];
      let { open } = value;
      for (const ref of value.refs) {
        const text = modules.text(file.path, ref);
        if (text === undefined) open = true;
        else texts.push(text);
      }
      const sure = modules.holds(file.path, certain);
      for (const name of texts.map(gateName)) {
        if (gates.has(name)) {
          const places = uses.get(name);
          if (places === undefined) uses.set(name, [place]);
          else places.push(place);
          continue;
        }
        if (!sure) continue;
        const near = folded.get(fold(name)) ?? (suggested++ < MOST_SUGGESTIONS ? suggest(name, names) : undefined);
        const message = `${how} asks for a feature gate that ${program} does not declare`;
        issues.push(
          issueOf(
            'error',
            'unknown-gate',
            name,
            message,
            place,
            near === undefined ? undefined : `did you mean ${near}?`,
          ),
        );
      }
      if (!open || !sure) continue;
      unchecked.push(
        issueOf(
          'warning',
          'dynamic-name',
          how,
          'the name of the gate is worked out at run time and cannot be checked',
          place,
        ),
      );
    }
  }
  const declared = new Map(files.flatMap((file) => [...file.declared]));
  issues.push(...ofGates(gates, uses, declared, options.used), ...ofClasses(files, options.bases));
  return { issues: issues.sort(byPlace), unchecked, uses, files: files.length };
}

/** What is wrong with gates themselves, for what use is made of them. */
function ofGates(
  gates: Gates,
  uses: ReadonlyMap<string, readonly Place[]>,
  declared: ReadonlyMap<string, Place>,
  used: ReadonlySet<string>,
): readonly Issue[] {
  const issues: Issue[] = [];
  const { program, version } = gates.program;
  const states = gates.list();
  const required = new Set(states.flatMap(({ requires }) => requires));
  for (const { name, stage, overdue, until, replacement } of states) {
    const [first, ...others] = uses.get(name) ?? [];
    const where = declared.get(name) ?? first;
    const hint = replacement === undefined ? 'remove what it switches, and the gate' : `use ${replacement} instead`;
    const count =
      first === undefined ? 'nowhere' : others.length === 0 ? 'in one place' : `in ${others.length + 1} places`;
    if (stage === 'removed') {
      // it is only there to be told of
      if (first !== undefined) {
        const message = `the gate was removed${until === undefined ? '' : ` in ${until}`}, and is still used ${count}`;
        issues.push(issueOf('warning', 'removed-gate', name, message, first, hint));
      }
      continue;
    }
    if (overdue) {
      const message = `the gate was to be removed in ${until}, and this is ${program} ${version}; it is used ${count}`;
      issues.push(issueOf('error', 'overdue-gate', name, message, first ?? where, hint));
    }
    if (first !== undefined || overdue || required.has(name) || used.has(name)) continue;
    const message = 'the gate is declared, and used nowhere';
    const why = 'remove it, or declare it as removed; if it is used where this check cannot see it, say so in `used`';
    issues.push(issueOf('error', 'unused-gate', name, message, where, why));
  }
  return issues;
}

function ofClasses(files: readonly Facts[], bases: ReadonlySet<string>): readonly Issue[] {
  if (bases.size === 0) return [];
  const classes: readonly ClassFact[] = files.flatMap((file) => file.classes);
  return ungatedClasses(classes, bases).map(({ name = 'a class', place }) =>
    issueOf(
      'error',
      'ungated-class',
      name,
      `the feature has no gate: it extends ${[...bases].join(' or ')} without gated(…)`,
      place,
      'extend gated(…), with generallyAvailable: true if it is there for everybody',
    ),
  );
}

function issueOf(
  severity: Issue['severity'],
  code: string,
  name: string,
  message: string,
  place: Place | undefined,
  hint?: string,
): Issue {
  return {
    severity,
    code,
    path: [name],
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
  };
}

/** By file, line and column; what has no place first. */
function byPlace({ place: one, path: [a] }: Issue, { place: other, path: [b] }: Issue): number {
  const [file, otherFile] = [one?.file ?? '', other?.file ?? ''];
  if (file !== otherFile) return file < otherFile ? -1 : 1;
  return (
    (one?.line ?? 0) - (other?.line ?? 0) ||
    (one?.column ?? 0) - (other?.column ?? 0) ||
    (String(a) < String(b) ? -1 : 1)
  );
}
