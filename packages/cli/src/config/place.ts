import { join, resolve } from 'node:path';
import type { Call } from '../grammar/call.ts';

/** Where the configuration is. */
export interface ConfigPlace {
  /** As an absolute path. */
  readonly path: string;
  /** As people read it: with `~` for their home, or as they named it. */
  readonly shown: string;
  /** Whether somebody named it, by `--config` or `FLAGCTL_CONFIG`: then it has to be there to be read. */
  readonly named: boolean;
}

/** `--config`, else `FLAGCTL_CONFIG`, else `$XDG_CONFIG_HOME/flagctl/config`, else `~/.config/flagctl/config`. */
export function configPlace({ world, text }: Pick<Call, 'world' | 'text'>): ConfigPlace {
  const given = text('config');
  if (given !== undefined && given !== '') {
    return { path: resolve(world.cwd, given), shown: given, named: true };
  }
  const path = join(folderOf(world.env.XDG_CONFIG_HOME) ?? join(world.home, '.config'), 'flagctl', 'config');
  const inHome = path.startsWith(join(world.home, '/'));
  return { path, shown: inHome ? `~/${path.slice(join(world.home, '/').length)}` : path, named: false };
}

/** Folders of XDG variables count only if they are absolute (https://specifications.freedesktop.org/basedir-spec). */
export function folderOf(variable: string | undefined): string | undefined {
  return variable?.startsWith('/') === true ? variable : undefined;
}
