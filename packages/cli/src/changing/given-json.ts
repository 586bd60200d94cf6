import { FlagError, formatPath, type Issue } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { readText } from '../manifests/documents.ts';
import { checkNumbers } from './exact-numbers.ts';

/** What was given for an option: as it was typed, or what the file after `@` holds. */
export interface GivenText {
  readonly text: string;
  /** The option, with the file if there is one: for messages. */
  readonly where: string;
}

/** What was given for an option; undefined if it was not. Throws `CommandError` for a file that cannot be read. */
export async function givenText(call: Call, option: string): Promise<GivenText | undefined> {
  const given = call.text(option);
  if (given === undefined) return undefined;
  if (!given.startsWith('@')) return { text: given, where: `--${option}` };
  const { text, file } = await readText(call.world, given.slice(1), `--${option}`);
  return { text, where: `--${option} (${file})` };
}

/** The JSON in a text. Throws `UsageError`, which says where it is none, or has a number that cannot be held. */
export function jsonOf({ text, where }: GivenText): unknown {
  // which would be read as a document without flags
  if (text.trim() === 'null') return null;
  try {
    const { document, issues } = parseText(text, { format: 'json' });
    if (issues.some(({ code }) => code === 'empty-document')) throw new UsageError(`${where} is empty; expected JSON`);
    checkNumbers(text, where);
    return document;
  } catch (thrown) {
    if (!(thrown instanceof FlagError)) throw thrown;
    const [first] = thrown.issues;
    throw first === undefined ? new UsageError(`${where}: ${thrown.message}`) : notJson(where, first);
  }
}

function notJson(where: string, { place, message, expected, hint, path }: Issue): UsageError {
  const at = place === undefined ? formatPath(path) : `line ${place.line}, column ${place.column}`;
  const wanted = expected === undefined ? '' : `; expected ${expected}`;
  // places within the message have no file, and so no name
  return new UsageError(
    `${where} is not JSON at ${at}: ${message}${wanted}`,
    hint === undefined ? [] : [capital(hint)],
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
