import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Edit, FlagDocument, FlagSource } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { documentToYaml } from '@flagwright/core/text';
import type { SourceFixture } from '@flagwright/testing';
import { sourceContract } from '@flagwright/testing';
import { vi } from 'vitest';
import { fileSource } from '../file.ts';
import { memoryStore } from '../memory.ts';
import { overlay, overrides } from '../overlay.ts';
import { cached } from './index.ts';

const INITIAL: FlagDocument = {
  flags: { checkout: { type: 'boolean', default: false }, theme: { default: 'light', tags: ['ui'] } },
  segments: { staff: { included: ['user-1'] } },
  metadata: { team: 'shop' },
};

/** What is around a source in a test: a folder, and what makes the origin change, go and come back. */
interface World {
  readonly source: FlagSource;
  readonly change: (edits: readonly Edit[]) => Promise<void>;
  readonly breakIt: () => void | Promise<void>;
  readonly mend: () => void | Promise<void>;
}

async function fixture(wrap: (folder: string) => Promise<World>): Promise<SourceFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'flagwright-cached-'));
  const world = await wrap(folder);
  return {
    ...world,
    async close() {
      await world.source.close?.();
      vi.restoreAllMocks();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A store in memory that can be out of reach. */
function distant(): World {
  const store = memoryStore(INITIAL);
  let away = false;
  return {
    source: {
      ...store,
      async read(previous, signal) {
        if (away) throw new FlagError('UNAVAILABLE', 'connection refused');
        return store.read(previous, signal);
      },
    },
    change: async (edits) => void (await store.commit(edits)),
    breakIt() {
      away = true;
    },
    mend() {
      away = false;
    },
  };
}

sourceContract({
  name: 'cached memory',
  open: () =>
    fixture(async (folder) => {
      const origin = distant();
      return { ...origin, source: cached(origin.source, { path: join(folder, 'copy') }) };
    }),
});

sourceContract({
  name: 'cached memory, with the copy of a process before',
  open: () =>
    fixture(async (folder) => {
      const path = join(folder, 'cache', 'copy');
      const before = cached(memoryStore({ flags: { old: { default: 'old' } } }), { path });
      await before.read();
      await before.close?.();
      const origin = distant();
      return { ...origin, source: cached(origin.source, { path }) };
    }),
});

sourceContract({
  name: 'cached memory, where no copy can be written',
  open: () =>
    fixture(async (folder) => {
      await writeFile(join(folder, 'file'), '');
      vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
      const origin = distant();
      return { ...origin, source: cached(origin.source, { path: join(folder, 'file', 'copy') }) };
    }),
});

sourceContract({
  name: 'cached file',
  open: () =>
    fixture(async (folder) => {
      const path = join(folder, 'features.yaml');
      const model = memoryStore(INITIAL);
      const save = async (): Promise<void> => {
        await writeFile(`${path}.tmp`, documentToYaml((await model.read()).document));
        await rename(`${path}.tmp`, path);
      };
      await save();
      return {
        source: cached(fileSource({ path, debounceMs: 5 }), { path: join(folder, 'copy') }),
        async change(edits) {
          await model.commit(edits);
          await save();
        },
        breakIt: () => rm(path),
        mend: save,
      };
    }),
});

sourceContract({
  name: 'cached twice, inside an overlay',
  open: () =>
    fixture(async (folder) => {
      const origin = distant();
      const inner = cached(origin.source, { path: join(folder, 'inner') });
      const source = overlay(cached(inner, { path: join(folder, 'outer') }), overrides({ theme: 'dark' }));
      return { ...origin, source };
    }),
});
