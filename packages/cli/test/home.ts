import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Ran, ran, type Surroundings } from './world.ts';

/** A home folder of a test. */
export interface Home {
  readonly folder: string;
  /** Its configuration: `~/.config/flagctl/config`. */
  readonly config: string;
  /** Writes the configuration, so that only its owner can read it. */
  write(text: string, mode?: number): Promise<void>;
  read(): Promise<string>;
  /** Runs a command line at home. */
  flagctl(args: readonly string[], surroundings?: Surroundings): Promise<Ran>;
  remove(): Promise<void>;
}

export async function homeFolder(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'flagctl-home-'));
  const config = join(folder, '.config/flagctl/config');
  return {
    folder,
    config,
    async write(text, mode = 0o600) {
      await mkdir(dirname(config), { recursive: true });
      await rm(config, { force: true });
      await writeFile(config, text, { mode });
    },
    read: () => readFile(config, 'utf8'),
    flagctl: (args, surroundings = {}) => ran(args, { cwd: folder, home: folder, ...surroundings }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
