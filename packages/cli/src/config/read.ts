import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Path } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { bytesWithin } from '../files/bounded.ts';
import type { World } from '../world.ts';
import { checkConfig, KNOWN_WORDS } from './check.ts';
import type { Config } from './config.ts';
import { hidden, isReference } from './mask.ts';
import type { ConfigPlace } from './place.ts';
import { warnOnce } from './warn.ts';

/** A configuration as its file has it. */
export interface ConfigFile extends ConfigPlace {
  readonly exists: boolean;
  readonly config: Config;
  /** All that it says, with members that mean nothing here. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Where something of it stands, as `~/.config/flagctl/config:12:9`. */
  at(path: Path): string;
}

/** More bytes than these are no configuration. */
const MOST = 2 ** 20;

/** More faults of a file are not told. */
const MOST_FAULTS = 10;

/**
 * Reads a configuration; one that is not there is empty, unless it was named. Warns, once in a command, of members that mean
 * nothing, and of tokens that others may read. Throws `CommandError`.
 */
export async function readConfig(
  world: World,
  place: ConfigPlace,
  mayMiss: boolean = !place.named,
): Promise<ConfigFile> {
  const { shown } = place;
  const found = await contentOf(place);
  if (found === undefined) {
    if (mayMiss) return { ...place, exists: false, config: EMPTY, document: {}, at: () => shown };
    throw new CommandError(EXIT.notFound, `there is no configuration ${shown}`, [
      "Run 'flagctl config set-context <name> --server <url>' with it to make one",
    ]);
  }
  const { document, locate, issues } = parsed(found.text, place);
  if (issues.some(({ code }) => code === 'empty-document')) {
    return { ...place, exists: true, config: EMPTY, document: {}, at: () => shown };
  }
  const at = (path: Path): string => {
    const where = locate(path);
    return where === undefined ? shown : `${shown}:${where.line}:${where.column}`;
  };
  const { config, errors, warnings } = checkConfig(document);
  const [first, ...others] = errors.map(({ path, message }) => `${at(path)}: ${message}`);
  if (first !== undefined) {
    const more = others.length > MOST_FAULTS ? [`and ${others.length - MOST_FAULTS} more`] : [];
    throw new CommandError(EXIT.invalid, first, [...others.slice(0, MOST_FAULTS), ...more]);
  }
  for (const { path, message } of warnings.slice(0, MOST_FAULTS)) warnOnce(world, hidden(`${at(path)}: ${message}`));
  const secret = config.tokens.some(({ token }) => token !== undefined && !isReference(token));
  if (secret && (found.mode & 0o077) !== 0 && process.platform !== 'win32') {
    warnOnce(world, `others can read ${shown}, which holds tokens. Hint: chmod 600 ${shown}`);
  }
  return { ...place, exists: true, config, document: document as Readonly<Record<string, unknown>>, at };
}

const EMPTY: Config = { currentContext: undefined, contexts: [], tokens: [] };

function parsed(text: string, { path, shown }: ConfigPlace): ReturnType<typeof parseText> {
  try {
    return parseText(text, { file: shown, format: path.endsWith('.json') ? 'json' : 'yaml' });
  } catch (thrown) {
    throw new CommandError(EXIT.invalid, withoutValues((thrown as Error).message));
  }
}

/** What is wrong with a text, without what it has there: that may be a token. */
function withoutValues(message: string): string {
  const plain = hidden(message).replace(/!<[^>]{0,1000}>/g, '!<…>');
  return plain.replace(/"([^"]*)"/g, (quoted, text: string) =>
    text.length < 4 || KNOWN_WORDS.has(text) ? quoted : '"…"',
  );
}

/** The text and the mode of a file; undefined if it is not there. */
async function contentOf({ path, shown }: ConfigPlace): Promise<{ text: string; mode: number } | undefined> {
  try {
    // a pipe without a writer would be waited for
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = await file.stat();
      if (!stats.isFile()) throw new CommandError(EXIT.invalid, `the configuration ${shown} is no file`);
      const bytes = await bytesWithin(file.createReadStream({ autoClose: false }), MOST);
      if (bytes === undefined)
        throw new CommandError(EXIT.invalid, `the configuration ${shown} has more than ${MOST} bytes`);
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      return { text, mode: stats.mode };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof CommandError) throw thrown;
    if (thrown instanceof TypeError) throw new CommandError(EXIT.invalid, `the configuration ${shown} is not UTF-8`);
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new CommandError(EXIT.failed, `the configuration ${shown} cannot be read (${code})`);
  }
}
