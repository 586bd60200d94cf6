import { resolve } from 'node:path';
import type { FlagDocument, FlagSet, FlagSource, Issue } from '@flagwright/core';
import { FlagError, formatIssue, preview } from '@flagwright/core';
import type { ParsedText } from '@flagwright/core/text';
import { joinTexts, MAX_TEXT_BYTES, parseText } from '@flagwright/core/text';
import { checkNumber, MAX_DELAY } from './checks.ts';
import { entriesOf, isSection } from './documents.ts';
import { decode, readTargets, revisionOf } from './flag-files.ts';
import type { Watch } from './watch.ts';
import { watchPaths } from './watch.ts';

/** Options of `fileSource`. */
export interface FileOptions {
  /** A file, a folder, or several of them. Relative to the working directory at this call. */
  readonly path: string | readonly string[];
  /** Hint at changes. Default: true. */
  readonly watch?: boolean | undefined;
  /** More bytes than this, all files together, are refused. Default: 16 MiB. */
  readonly maxBytes?: number | undefined;
  /** Default: by the name of each file. */
  readonly format?: 'yaml' | 'json' | undefined;
  /** How long to wait for more after a first change, in ms. Default: 20. */
  readonly debounceMs?: number | undefined;
  /** Receives warnings about the text, once for each content. Default: `process.emitWarning`. */
  readonly report?: ((issue: Issue) => void) | undefined;
}

/**
 * Flags from YAML or JSON files. A folder stands for its files `*.yaml`, `*.yml` and `*.json`, hidden ones and
 * subfolders left out. Several files make one set; an entry that is in two of them is an error.
 *
 * The revision is a hash of the content. A file that becomes empty after a good read is taken for half-written.
 * `read` throws `FlagError`: `NOT_FOUND`, `INVALID_ARGUMENT` (no regular file), `TOO_LARGE`, `UNAVAILABLE`,
 * `PARSE_ERROR` with file, line and column.
 */
export function fileSource(options: FileOptions): FlagSource {
  const {
    path,
    watch = true,
    maxBytes = MAX_TEXT_BYTES,
    format,
    debounceMs = 20,
    report = warn,
  } = options ?? ({} as FileOptions);
  const given = typeof path === 'string' ? [path] : path;
  if (
    !Array.isArray(given) ||
    given.length === 0 ||
    given.some((one) => typeof one !== 'string' || one === '' || one.includes('\0'))
  ) {
    throw new FlagError(
      'INVALID_ARGUMENT',
      `path is ${preview(path)}; expected the path of a file or folder, or a list, as in fileSource({ path: 'features.yaml' })`,
    );
  }
  checkNumber('maxBytes', maxBytes, 0, Number.MAX_SAFE_INTEGER, 'bytes');
  checkNumber('debounceMs', debounceMs, 0, MAX_DELAY, 'milliseconds');
  const targets = given.map((one: string) => ({ given: one, absolute: resolve(one) }));
  const watches = new Set<Watch>();
  let last: { readonly set: FlagSet; readonly filled: ReadonlySet<string> } | undefined;
  let closed = false;

  const use = (): void => {
    if (closed) throw new FlagError('NOT_READY', 'flag source file is closed');
  };

  return {
    name: 'file',
    async read(previous, signal) {
      signal?.throwIfAborted();
      use();
      // a directory whose watch died unnoticed is watched again before it is read
      await Promise.all([...watches].map((one) => one.check()));
      const texts = await readTargets(targets, maxBytes, signal);
      signal?.throwIfAborted();
      use();
      const revision = revisionOf(texts);
      if (previous?.revision === revision && previous.stale === undefined) return previous;
      if (last?.set.revision === revision) return last.set;
      const parts = texts.map(
        (text): Part => ({
          file: text.file,
          ...parseText(decode(text), { file: text.file, maxBytes, ...(format === undefined ? {} : { format }) }),
        }),
      );
      const filled = new Set(parts.filter((part) => !isEmpty(part)).map(({ file }) => file));
      refuseEmptied(parts, previous, last?.filled);
      const set = join(parts, revision);
      for (const { issues } of parts) for (const issue of issues) report(issue);
      last = { set, filled };
      return set;
    },
    ...(watch
      ? ({
          async subscribe(observer) {
            use();
            const one = watchPaths({
              paths: targets.map(({ absolute }) => absolute),
              debounceMs,
              changed: () => observer.changed(),
              failed(cause) {
                watches.delete(one);
                observer.failed(cause);
              },
            });
            watches.add(one);
            const stop = (): void => {
              watches.delete(one);
              one.close();
            };
            try {
              await one.arm();
              use();
            } catch (error) {
              stop();
              throw FlagError.from(error, 'UNAVAILABLE');
            }
            return stop;
          },
        } satisfies Pick<FlagSource, 'subscribe'>)
      : {}),
    async close() {
      closed = true;
      for (const one of watches) one.close();
      watches.clear();
      last = undefined;
    },
  };
}

interface Part extends ParsedText {
  readonly file: string;
}

const isEmpty = ({ issues }: Part): boolean => issues.some(({ code }) => code === 'empty-document');

/** A file that held something and holds nothing now is being written: the last good set stands. */
function refuseEmptied(
  parts: readonly Part[],
  previous: FlagSet | undefined,
  filled: ReadonlySet<string> | undefined,
): void {
  if (previous === undefined || !previous.revision.startsWith('file.') || !hasEntries(previous.document)) return;
  const emptied = parts.find((part) => isEmpty(part) && (parts.length === 1 || filled?.has(part.file) === true));
  if (emptied === undefined) return;
  const issue: Issue = {
    severity: 'error',
    code: 'emptied',
    path: [],
    message: 'the file became empty: half-written?',
    expected: 'a map with `flags`',
    hint: 'write `flags: {}` if no flags is what you mean',
    place: { file: emptied.file, line: 1, column: 1 },
  };
  throw new FlagError('PARSE_ERROR', formatIssue(issue), { issues: [issue] });
}

function hasEntries(document: FlagDocument): boolean {
  return Object.entries(document).some(([name, section]) => isSection(name) && entriesOf(section).next().done !== true);
}

/** The parts as one set. Throws `FlagError('PARSE_ERROR')` for what is there twice, or is no document. */
function join(parts: readonly Part[], revision: string): FlagSet {
  const { document, locate, issues } = joinTexts(parts);
  const [first] = issues;
  if (first !== undefined) throw new FlagError('PARSE_ERROR', formatIssue(first), { issues });
  return { document: document as FlagDocument, revision, locate };
}

function warn(issue: Issue): void {
  process.emitWarning(formatIssue(issue), 'FlagwrightWarning');
}
