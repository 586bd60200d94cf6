import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { inspect } from 'node:util';
import type { FlagDefinition, FlagDocument } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { afterEach, expect } from 'vitest';

/** A server on 127.0.0.1 that can be stopped and started again on its port. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** Stops listening and cuts all connections. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server of `node:http`. */
export async function serve(listener: RequestListener): Promise<TestServer> {
  const server = createServer(listener);
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    stop,
    start: () => listen(port),
    close: stop,
  };
}

/** What a test opened, closed after it. */
export interface Opened {
  /** Starts a server of `node:http`. */
  server(listener: RequestListener): Promise<TestServer>;
  /** Closes it after the test. */
  kept<T extends { close?(): Promise<unknown> }>(made: T): T;
}

/** Closes after each test what it opened, the last first. */
export function closedAfterEach(): Opened {
  const open: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });
  const kept: Opened['kept'] = (made) => {
    open.push(async () => made.close?.());
    return made;
  };
  return { kept, server: async (listener) => kept(await serve(listener)) };
}

const TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.yaml': 'application/yaml',
  '.txt': 'text/plain; charset=utf-8',
  '.html': 'text/html',
};

/** A plain server of the files of a folder, as any web server is one; `etag` as nginx has it on. */
export function serveFiles(folder: string, { etag }: { readonly etag: boolean }): RequestListener {
  return async (request, response) => {
    const file = join(folder, new URL(request.url!, 'http://localhost').pathname);
    let content: Buffer;
    try {
      content = await readFile(file);
    } catch {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>');
      return;
    }
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    if (etag) {
      const tag = `W/"${createHash('sha256').update(content).digest('hex')}"`;
      response.setHeader('etag', tag);
      if (request.headers['if-none-match']?.replace('W/', '') === tag.replace('W/', '')) {
        response.writeHead(304).end();
        return;
      }
      response.end(content);
    } else {
      createReadStream(file).pipe(response);
    }
  };
}

/** What a server in tests holds at first. */
export const INITIAL: FlagDocument = {
  flags: { checkout: { type: 'boolean', default: false }, theme: { default: 'light', tags: ['ui'] } },
  segments: { staff: { included: ['user-1'] } },
  metadata: { team: 'shop' },
};

/** A document of a store in memory as JSON text. */
export function toJson(document: FlagDocument): string {
  const flags = Object.fromEntries(document.flags as ReadonlyMap<string, FlagDefinition>);
  return JSON.stringify({ ...document, flags });
}

/** The `FlagError` that something ends in; anything else is a failure of the test. */
export async function failure(promise: unknown): Promise<FlagError> {
  const thrown: unknown = await Promise.resolve(promise).then(
    (value) => expect.fail(`resolved to ${inspect(value)}`),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(FlagError);
  return thrown as FlagError;
}
