import { Entries } from './entries.ts';
import { FlagError } from './error.ts';
import type { Metadata } from './evaluation.ts';
import type { CompiledFlag } from './flag.ts';
import type { Issue, Report, Reported } from './issue.ts';
import { formatIssue, preview } from './issue.ts';
import { jsonEqual } from './json.ts';
import type { Changes } from './link.ts';
import { changedFlags, linkPrerequisites, reportMissing } from './link.ts';
import { dependsOn, loadFlag } from './load.ts';
import { CompiledSnapshot, type Snapshot } from './snapshot.ts';
import type { FlagSet } from './source.ts';
import { checkOutside, readFlags, readMetadata } from './validate/document.ts';
import { changedWords, readWords } from './words.ts';

export interface CompileOptions {
  /** Reads the time, in ms since the epoch, where `evaluate` is not given one. Default: `Date.now`. */
  readonly clock?: (() => number) | undefined;
}

/**
 * Compiles a set of flags, reusing of the previous snapshot whatever did not change: a flag is recompiled if its
 * definition, or a segment, evaluator, attribute type, override or set metadata it depends on, is another object.
 *
 * Each flag stands by itself. One whose definition cannot be used keeps its last good form, or answers `PARSE_ERROR` if
 * the previous snapshot has none; `issues` says why. Throws `FlagError('PARSE_ERROR')` only if `set.document` is no
 * document at all.
 */
export function compile(set: FlagSet, previous?: Snapshot, options: CompileOptions = {}): Snapshot {
  const clock = options.clock ?? previous?.clock ?? Date.now;
  const issues: Issue[] = [];
  const suggested = suggesting();
  const locate = (issue: Reported): Issue => located(suggested(issue), set);
  const report: Report = (issue) => {
    issues.push(locate(issue));
  };
  const { document } = set;
  if (!checkOutside(document, report)) throw notADocument(issues);

  const before = previous?.internals;
  const sources =
    previous !== undefined && previous.document.flags === document.flags
      ? before!.sources
      : readFlags(document.flags, report);
  const words = readWords(document, previous, locate);
  const metadata = keepMetadata(previous?.metadata, readMetadata(document.metadata));
  const loading = { sources, words, metadata, locate };

  const changes: Changes = new Map();
  const load = (key: string): void => {
    const flag = loadFlag(key, loading, before?.links.broken.get(key) ?? previous?.flags.get(key));
    if (flag !== undefined || previous !== undefined) changes.set(key, flag);
  };
  if (previous === undefined || previous.metadata !== metadata) {
    sources.forEach((_, key) => {
      load(key);
    });
    for (const key of words.overrides.keys()) if (!sources.has(key)) load(key);
    previous?.flags.forEach((_, key) => {
      if (!changes.has(key)) changes.set(key, undefined);
    });
  } else {
    for (const key of before!.sources.changedKeys(sources)) load(key);
    const changed = changedWords(before!.words, words);
    if (changed.size > 0) {
      previous.flags.forEach((flag, key) => {
        if (!changes.has(key) && dependsOn(flag, changed)) load(key);
      });
      for (const key of words.overrides.keys()) if (!previous.flags.has(key)) load(key);
    }
  }

  const links = linkPrerequisites(previous, changes, metadata, locate);
  reportMissing(links, (key) => (changes.has(key) ? changes.get(key) : previous?.flags.get(key)), report);
  const flagsChanged = changedFlags(previous, changes, links);
  const timed = (before?.timed ?? false) || [...changes.values()].some((flag) => flag?.timed === true);
  const flags =
    previous === undefined ? Entries.adopt(changes as Map<string, CompiledFlag>) : previous.flags.with(changes);
  return new CompiledSnapshot({
    revision: set.revision,
    stale: set.stale,
    document,
    flags,
    metadata,
    flagsChanged,
    clock,
    documentIssues: [...issues, ...words.issues],
    internals: {
      sources,
      words,
      links,
      timed,
      simple: !timed && !links.branching && !words.branching,
      scope: { flags, segments: words.segments, now: 0, memo: undefined },
    },
  });
}

function notADocument(issues: readonly Issue[]): FlagError {
  const first = issues.find((issue) => issue.severity === 'error');
  return new FlagError('PARSE_ERROR', `not a flag document: ${first === undefined ? '' : formatIssue(first)}`, {
    issues,
  });
}

/** More suggestions are not looked for in one document: each compares a name with many others. */
const MOST_SUGGESTIONS = 50;

/** Puts into the first issues that know of one what was probably meant. */
function suggesting(): (issue: Reported) => Issue {
  let left = MOST_SUGGESTIONS;
  return ({ near, ...issue }) => {
    const meant = near === undefined || left-- <= 0 ? undefined : near();
    return meant === undefined ? issue : { ...issue, hint: `did you mean ${preview(meant)}?` };
  };
}

function located(issue: Issue, set: FlagSet): Issue {
  const place = issue.place ?? set.locate?.(issue.path);
  return place === undefined ? issue : { ...issue, place };
}

/** The previous metadata if it says the same. */
function keepMetadata(previous: Metadata | undefined, next: Metadata): Metadata {
  return previous !== undefined && jsonEqual(previous, next) ? previous : next;
}
