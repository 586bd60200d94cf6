import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FlagError, preview } from '@flagwright/core';
import type { Gates } from '../gates.ts';
import { checkGatesGiven } from '../given-gates.ts';
import { printable } from '../printable.ts';
import { replaceFile } from '../sync/replace-file.ts';
import { plain } from './markdown.ts';
import { gateReference, type ReferenceOptions } from './reference.ts';

export interface ReferenceFileOptions extends ReferenceOptions {
  readonly gates: Gates;
  /** The page, as a path. */
  readonly file: string;
  /** What the comments around the reference are called, where one page has several. Default: `feature-gates`. */
  readonly marker?: string | undefined;
  /** The heading of a page that is not there yet. Default: `Feature gates of <program>`. */
  readonly title?: string | undefined;
}

const NOTE = '<!-- Made of the declarations by flagwright-gates; edit those. -->';

/**
 * Writes the reference into a page, between `<!-- feature-gates:start -->` and `<!-- feature-gates:end -->`; the rest of
 * the page stays. A page that is not there, or is empty, is made. Readers see the old page or the new one, never a part.
 * Returns whether anything changed.
 *
 * Throws as `gateReference`; `FlagError('CONFLICT')` for a page without the two comments, `PARSE_ERROR` for one that is not
 * in UTF-8, and `UNAVAILABLE` if it cannot be read or written.
 */
export async function writeGateReference(options: ReferenceFileOptions): Promise<boolean> {
  const { before, after } = await pageOf(options);
  if (before === after) return false;
  const { file } = options;
  try {
    await mkdir(dirname(file), { recursive: true });
    await replaceFile(file, after);
  } catch (cause) {
    throw new FlagError('UNAVAILABLE', `${file} cannot be written: ${FlagError.from(cause).message}`, { cause });
  }
  return true;
}

/**
 * Makes sure that a page says what the declarations say, for CI.
 *
 * Throws as `writeGateReference` does, and `FlagError('CONFLICT')` with the first line that differs if the page is stale
 * or not there.
 */
export async function checkGateReference(options: ReferenceFileOptions): Promise<void> {
  const { before, after } = await pageOf(options);
  if (before === after) return;
  const { file } = options;
  const hint = 'Write it anew with flagwright-gates docs, or writeGateReference, and commit it';
  if (before === undefined) throw new FlagError('CONFLICT', `${file} is not there. ${hint}`);
  const [is, should] = [before, after].map((text) => text.split('\n')) as [string[], string[]];
  const line = should.findIndex((text, i) => text !== is[i]);
  const at = line < 0 ? should.length : line;
  const [now, then] = [shown(is[at]), shown(should[at])];
  const what = now === then ? differenceOf(is[at]!, should[at]!, now) : `It is ${now}, and should be ${then}`;
  throw new FlagError('CONFLICT', `${file}:${at + 1} is not what the declarations say. ${what}. ${hint}`);
}

/** Of two lines that look alike. */
function differenceOf(is: string, should: string, line: string): string {
  const [short, other] = [is, should].map((text) => text.replace(/\s+/gu, ''));
  if (short === other) return `Only blanks or line ends differ in ${line}`;
  const column = [...should].findIndex((letter, i) => letter !== [...is][i]);
  return `It differs from column ${column < 0 ? [...should].length + 1 : column + 1} on: ${line}`;
}

function shown(line: string | undefined): string {
  if (line === undefined) return 'the end of the page';
  const text = printable(line);
  return text === '' ? 'an empty line' : `"${text.length > 100 ? `${text.slice(0, 99)}…` : text}"`;
}

/** The page as it is, and as it should be. */
async function pageOf(
  options: ReferenceFileOptions,
): Promise<{ readonly before: string | undefined; readonly after: string }> {
  const { gates, file, marker = 'feature-gates' } = options;
  checkGatesGiven(gates);
  const { title = `Feature gates of ${gates.program.program}` } = options;
  if (typeof file !== 'string' || file === '') {
    throw new FlagError('INVALID_ARGUMENT', `file is ${preview(file)}; expected the path of a page`);
  }
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(marker)) {
    throw new FlagError('INVALID_ARGUMENT', `marker is ${JSON.stringify(marker)}; expected a word of small letters`);
  }
  const [start, end] = [`<!-- ${marker}:start -->`, `<!-- ${marker}:end -->`];
  const section = [start, NOTE, gateReference(gates, options), end].join('\n\n');
  const before = await textOf(file);
  if (before === undefined || before.trim() === '') return { before, after: `# ${plain(title)}\n\n${section}\n` };
  const [head, rest, ...more] = before.split(start);
  const [, tail, ...others] = (rest ?? '').split(end);
  if (tail === undefined || more.length > 0 || others.length > 0) {
    throw new FlagError(
      'CONFLICT',
      `${file} does not say where the reference of the gates goes: put ${start} and ${end} into it, once each, in lines of their own`,
    );
  }
  // a checkout may have the line ends of its system
  const ends = before.includes('\r\n') ? '\r\n' : '\n';
  return { before, after: head + section.replaceAll('\n', ends) + tail };
}

async function textOf(file: string): Promise<string | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new FlagError('UNAVAILABLE', `${file} cannot be read: ${FlagError.from(cause).message}`, { cause });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    // what stands around the reference would not be the same when it is written back
    throw new FlagError('PARSE_ERROR', `${file} is not in UTF-8, so nothing is written into it`, { cause });
  }
}
