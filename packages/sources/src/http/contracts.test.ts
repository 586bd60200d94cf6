import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlagDocument, FlagStore } from '@flagwright/core';
import { documentToYaml } from '@flagwright/core/text';
import type { SourceFixture, StoreFixture } from '@flagwright/testing';
import { sourceContract, storeContract } from '@flagwright/testing';
import { INITIAL, serve, serveFiles, type TestServer, toJson } from '../../test/http/support.ts';
import { memoryStore } from '../memory.ts';
import { httpSource, httpStore, nodeHandler, storeHandler } from './index.ts';

const behind = (store: FlagStore): Promise<TestServer> => serve(nodeHandler(storeHandler(store, { heartbeat: 100 })));

storeContract({
  name: 'http over memory',
  async open(): Promise<StoreFixture> {
    const memory = memoryStore(INITIAL);
    const server = await behind(memory);
    const source = httpStore({ url: server.url });
    return {
      source,
      breakIt: server.stop,
      mend: server.start,
      async close() {
        await source.close?.();
        await server.close();
        await memory.close?.();
      },
    };
  },
});

storeContract({
  name: 'http over http over http over memory, with a token',
  async open(): Promise<StoreFixture> {
    const stores: FlagStore[] = [memoryStore(INITIAL)];
    const servers: TestServer[] = [];
    for (let i = 0; i < 3; i++) {
      const authorize = ({ headers }: Request) => headers.get('authorization') === `Bearer secret-${i}`;
      const server = await serve(nodeHandler(storeHandler(stores.at(-1)!, { authorize })));
      servers.push(server);
      stores.push(httpStore({ url: server.url, token: async () => `secret-${i}` }));
    }
    return {
      source: stores.at(-1)!,
      breakIt: servers[0]!.stop,
      mend: servers[0]!.start,
      async close() {
        for (const store of stores.toReversed()) await store.close?.();
        for (const server of servers) await server.close();
      },
    };
  },
});

sourceContract({
  name: 'http over memory, changed beside it',
  async open(): Promise<SourceFixture> {
    const memory = memoryStore(INITIAL);
    const server = await behind(memory);
    const source = httpSource({ url: server.url });
    return {
      source,
      change: async (edits) => void (await memory.commit(edits)),
      breakIt: server.stop,
      mend: server.start,
      async close() {
        await source.close?.();
        await server.close();
      },
    };
  },
});

/** A file on a server of files, whose content follows a store in memory. */
async function openFile(
  file: string,
  etag: boolean,
  write: (document: FlagDocument) => string,
): Promise<SourceFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'flagwright-http-'));
  const model = memoryStore(INITIAL);
  const save = async (): Promise<void> => {
    await writeFile(join(folder, 'next'), write((await model.read()).document));
    await rename(join(folder, 'next'), join(folder, file));
  };
  await save();
  const server = await serve(serveFiles(folder, { etag }));
  const source = httpSource({ url: new URL(file, server.url), events: false });
  return {
    source,
    async change(edits) {
      await model.commit(edits);
      await save();
    },
    breakIt: () => rm(join(folder, file)),
    mend: save,
    async close() {
      await source.close?.();
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

sourceContract({ name: 'http, a JSON file with ETag', open: () => openFile('flags.json', true, toJson) });
sourceContract({ name: 'http, a JSON file without ETag', open: () => openFile('flags.json', false, toJson) });
sourceContract({ name: 'http, a YAML file with ETag', open: () => openFile('flags.yaml', true, documentToYaml) });
sourceContract({ name: 'http, a YAML file without ETag', open: () => openFile('flags.yaml', false, documentToYaml) });
sourceContract({ name: 'http, JSON as plain text', open: () => openFile('flags.txt', true, toJson) });
