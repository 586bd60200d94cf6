import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram, type Program } from '@flagwright/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serve, type TestServer } from '../../test/http/support.ts';
import { memoryStore } from '../memory.ts';
import { nodeHandler, storeHandler } from './index.ts';

// Programs that use an HTTP source are run as processes of their own: do they end when they are done?

const here = (file: string): string => JSON.stringify(fileURLToPath(new URL(file, import.meta.url)));

const PROGRAM = `
import { createServer } from 'node:http';
import { follow } from ${here('../../../core/src/index.ts')};
import { httpSource, httpStore, nodeHandler, storeHandler } from ${here('index.ts')};
import { memoryStore } from ${here('../memory.ts')};

const [task, url] = process.argv.slice(2);
const ear = { changed() {}, failed(cause) { console.log('failed', cause); } };

if (task === 'read') {
  // not closed: what is not being read keeps nothing alive
  const source = httpSource({ url });
  console.log((await source.read()).document.flags.a.default);
}
if (task === 'yaml') {
  const source = httpSource({ url, events: false });
  console.log(await source.read().then(({ document }) => document.flags.a.default, (error) => error.cause.code));
}
if (task === 'wait') {
  // what never comes is waited for by no timer alone
  const never = () => new Promise(() => undefined);
  void httpSource({ url, fetch: never, events: false }).read();
  const handler = storeHandler({ name: 'never', read: never, subscribe: () => () => undefined });
  void handler(new Request(url));
  const stream = await handler(new Request(url, { headers: { accept: 'text/event-stream' } }));
  console.log(stream.status);
}
if (task === 'close') {
  const source = httpSource({ url });
  await source.read();
  await source.subscribe(ear);
  const hanging = httpSource({ url: url + 'hang', events: false });
  const reading = hanging.read().catch((error) => error.code);
  await source.close();
  await hanging.close();
  console.log(await reading);
}
if (task === 'follow') {
  const follower = follow(httpStore({ url }));
  await follower.ready();
  await follower.close();
  console.log('closed');
}
if (task === 'forget') {
  // nothing is closed: following does not keep the process alive
  const follower = follow(httpSource({ url }));
  await follower.ready();
  console.log(follower.health().subscribed);
}
if (task === 'serve') {
  const server = createServer(nodeHandler(storeHandler(memoryStore({ flags: { a: { default: 'own' } } }), { heartbeat: 20 })));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const source = httpSource({ url: 'http://127.0.0.1:' + server.address().port });
  console.log((await source.read()).document.flags.a.default);
  await source.subscribe(ear);
  await source.close();
  server.close();
  server.closeAllConnections();
}
`;

let program: Program;
let server: TestServer | undefined;

beforeAll(async () => {
  program = await bundleProgram({ text: PROGRAM });
  const handler = storeHandler(memoryStore({ flags: { a: { default: 'there' } } }), { heartbeat: 50 });
  const listener = nodeHandler(handler);
  server = await serve((request, response) => {
    if (request.url === '/yaml') {
      response.writeHead(200, { 'content-type': 'application/yaml' }).end('flags: {a: {default: yaml}}');
    } else if (request.url === '/hang') response.writeHead(200, { 'content-type': 'application/json' }).write('{');
    else listener(request, response);
  });
});

afterAll(async () => {
  program?.remove();
  await server?.close();
});

/** What a program prints, if it ends by itself. */
async function run(file: string, task: string, url: string): Promise<string> {
  const child = spawn(process.execPath, [file, task, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 15_000,
    killSignal: 'SIGKILL',
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += String(text);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code, printed).toBe(0);
  return printed.trim();
}

it.each([
  ['read', 'there'],
  ['wait', '200'],
  ['close', 'NOT_READY'],
  ['follow', 'closed'],
  ['forget', 'true'],
  ['serve', 'own'],
])('a program ends that has done: %s', async (task, expected) => {
  expect(await run(program.path, task, server!.url)).toBe(expected);
});

it('JSON is read without the YAML parser, which only YAML loads', async () => {
  const without = join(program.folder, 'without');
  cpSync(program.path, join(without, 'program.mjs'));
  cpSync(join(program.folder, 'assets'), join(without, 'assets'), { recursive: true });
  const parser = readdirSync(join(without, 'assets')).filter((name) => /^text-/.test(name));
  expect(parser).toHaveLength(1);
  rmSync(join(without, 'assets', parser[0]!));
  const file = join(without, 'program.mjs');
  expect(await run(file, 'read', server!.url)).toBe('there');
  expect(await run(program.path, 'yaml', `${server!.url}yaml`)).toBe('yaml');
  expect(await run(file, 'yaml', `${server!.url}yaml`)).toContain('ERR_MODULE_NOT_FOUND');
});
