import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '@flagwright/core';
import { folderOf } from '../config/place.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { World } from '../world.ts';

/** For how long names are good, in ms. */
const FRESH = 10_000;

/** No file of ours is larger, in bytes. */
const MOST = 2 ** 20;

/** Names that a server was asked for, kept for the next key that is pressed. Holds no tokens. */
export interface NameCache {
  /** The names of a key, if they are still good. */
  get(key: string): Promise<readonly string[] | undefined>;
  /** Keeps names; a disk that is full does no harm. */
  set(key: string, names: readonly string[]): Promise<void>;
}

/** The names of a server, as one context of the configuration may see them. */
export function nameCache({ env, home, now }: World, server: string, profile: string | undefined): NameCache {
  const folder = join(folderOf(env.XDG_CACHE_HOME) ?? join(home, '.cache'), 'flagctl');
  const hash = createHash('sha256')
    .update(JSON.stringify([server, profile ?? null]))
    .digest('hex');
  const file = join(folder, `names-${hash.slice(0, 32)}.json`);

  async function entries(): Promise<readonly (readonly [key: string, names: readonly string[], at: number])[]> {
    try {
      if ((await stat(file)).size > MOST) return [];
      const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
      if (!isRecord(kept)) return [];
      return Object.entries(kept).flatMap(([key, entry]) => {
        if (!isRecord(entry) || !Array.isArray(entry.names) || typeof entry.at !== 'number') return [];
        const passed = now() - entry.at;
        if (passed < 0 || passed > FRESH) return [];
        return [[key, entry.names.filter((name) => typeof name === 'string'), entry.at] as const];
      });
    } catch {
      return [];
    }
  }

  return {
    get: async (key) => (await entries()).find(([one]) => one === key)?.[1],
    async set(key, names) {
      try {
        const kept = (await entries()).filter(([one]) => one !== key);
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const all = [...kept, [key, names, now()] as const].map(([one, list, at]) => [one, { at, names: list }]);
        await replaceFile(file, `${JSON.stringify(Object.fromEntries(all))}\n`, 0o600);
      } catch {
        // the server is asked again
      }
    },
  };
}
