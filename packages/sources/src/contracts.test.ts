import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlagDefinition, FlagDocument } from '@flagwright/core';
import { documentToYaml } from '@flagwright/core/text';
import type { SourceFixture } from '@flagwright/testing';
import { sourceContract, storeContract } from '@flagwright/testing';
import { envSource } from './env.ts';
import { fileSource } from './file.ts';
import { memoryStore } from './memory.ts';
import { overlay, overrides } from './overlay.ts';

const INITIAL: FlagDocument = {
  flags: { checkout: { type: 'boolean', default: false }, theme: { default: 'light', tags: ['ui'] } },
  segments: { staff: { included: ['user-1'] } },
  metadata: { team: 'shop' },
};

const plain = (document: FlagDocument): Record<string, unknown> => ({
  ...document,
  flags: Object.fromEntries(document.flags as ReadonlyMap<string, FlagDefinition>),
});
const toJson = (document: FlagDocument): string => JSON.stringify(plain(document), null, 2);

storeContract({
  name: 'memory',
  async open() {
    const source = memoryStore(INITIAL);
    return { source, close: async () => source.close?.() };
  },
});

storeContract({
  name: 'memory, empty',
  async open() {
    const source = memoryStore();
    return { source, close: async () => source.close?.() };
  },
});

/** A file whose content follows a store in memory. */
async function openFile(
  paths: (folder: string) => string | readonly string[],
  write: (folder: string, document: FlagDocument) => Promise<void>,
  firstFile: string,
): Promise<SourceFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'flagwright-contract-'));
  const model = memoryStore(INITIAL);
  const save = async (): Promise<void> => write(folder, (await model.read()).document);
  await save();
  const source = fileSource({ path: paths(folder), debounceMs: 5 });
  return {
    source,
    async change(edits) {
      await model.commit(edits);
      await save();
    },
    breakIt: () => writeFile(join(folder, firstFile), '{ "flags": {'),
    mend: save,
    async close() {
      await source.close?.();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}

sourceContract({
  name: 'file, YAML, replaced by rename',
  open: () =>
    openFile(
      (folder) => join(folder, 'features.yaml'),
      (folder, document) => replace(join(folder, 'features.yaml'), documentToYaml(document)),
      'features.yaml',
    ),
});

sourceContract({
  name: 'file, JSON, written in place',
  open: () =>
    openFile(
      (folder) => join(folder, 'features.json'),
      (folder, document) => writeFile(join(folder, 'features.json'), toJson(document)),
      'features.json',
    ),
});

const half = (document: FlagDocument, odd: boolean): FlagDocument => ({
  flags: new Map([...(document.flags as ReadonlyMap<string, FlagDefinition>)].filter((_, i) => (i % 2 === 1) === odd)),
});

let versions = 0;

sourceContract({
  name: 'file, folder of three files, swapped as a whole like a ConfigMap',
  open: () =>
    openFile(
      (folder) => join(folder, 'flags'),
      async (folder, document) => {
        const version = join(folder, `..${++versions}`);
        await mkdir(version);
        await writeFile(join(version, '1-rest.json'), JSON.stringify({ ...document, flags: {} }));
        await writeFile(join(version, '2-even.yaml'), documentToYaml(half(document, false)));
        await writeFile(join(version, '3-odd.yml'), documentToYaml(half(document, true)));
        await symlink(version, join(folder, 'flags.tmp'));
        await rename(join(folder, 'flags.tmp'), join(folder, 'flags'));
      },
      'flags/2-even.yaml',
    ),
});

sourceContract({
  name: 'overlay',
  async open() {
    const [base, top] = [memoryStore(INITIAL), memoryStore({ metadata: { layer: 'top' } })];
    const source = overlay(base, top);
    return {
      source,
      async change(edits) {
        await base.commit(edits);
      },
      close: async () => source.close?.(),
    };
  },
});

sourceContract({
  name: 'overlay of overlays, changed at the top',
  async open() {
    const [base, middle, top] = [memoryStore(INITIAL), memoryStore(), memoryStore()];
    const source = overlay(base, overlay(middle, overrides({ checkout: true })), top);
    return {
      source,
      async change(edits) {
        await top.commit(edits);
      },
      close: async () => source.close?.(),
    };
  },
});

sourceContract({
  name: 'env',
  async open() {
    const env: Record<string, string> = { FEATURE_FLAG_NEW_CHECKOUT: 'true' };
    const model = memoryStore(INITIAL);
    const save = async (): Promise<void> => {
      env.FEATURE_FLAGS = toJson((await model.read()).document);
    };
    await save();
    const source = envSource({ env });
    return {
      source,
      async change(edits) {
        await model.commit(edits);
        await save();
      },
      breakIt() {
        env.FEATURE_FLAGS = '{"flags": ';
      },
      mend: save,
      close: async () => source.close?.(),
    };
  },
});

sourceContract({
  name: 'overrides',
  async open() {
    const source = overrides({ checkout: true, theme: { variant: 'dark' } });
    return { source, close: async () => source.close?.() };
  },
});
