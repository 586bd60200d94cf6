import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { safe } from '../output/safe.ts';
import { configPlace } from './place.ts';
import { type ConfigFile, readConfig } from './read.ts';
import { changeConfig, type Document } from './write.ts';

/** What a change of the configuration comes to: what it then says, and what to tell of it. */
export interface Change {
  /** Undefined: it stays as it is. */
  readonly document: Document | undefined;
  /** Sentences of one line without a full stop. */
  readonly said: readonly string[];
  /** What is to be thought of; told on the standard error. */
  readonly notes?: readonly string[];
}

/** Changes the configuration of a command and tells what was done; with `--dry-run` only tells. */
export async function changeBy(call: Call, change: (file: ConfigFile) => Change): Promise<number> {
  const place = configPlace(call);
  const dry = call.has('dry-run');
  let result: Change | undefined;
  const changed = (file: ConfigFile): Document | undefined => {
    result = change(file);
    return result.document;
  };
  if (dry) changed(await readConfig(call.world, place, true));
  else await changeConfig(call.world, place, changed);
  for (const line of result?.said ?? []) await call.world.out(`${safe(line)}${dry ? ' (dry run)' : ''}\n`);
  for (const line of result?.notes ?? []) call.world.err(`${safe(line)}\n`);
  return 0;
}

/** A name for a context or a token. Throws `UsageError` for one that a command line could not say. */
export function checkedName(name: string, what: 'context' | 'token'): string {
  if (/^[^\s{@-]/u.test(name) && !/\p{Cc}/u.test(name) && name.length <= 200) return name;
  throw new UsageError(
    `the name of the ${what} is ${JSON.stringify(name)}; expected a short text that begins with no blank, {, @ or -`,
  );
}
