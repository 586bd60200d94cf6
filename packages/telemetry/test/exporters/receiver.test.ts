import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundleProgram, type Program } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { signatureHeaders } from '../../src/exporters/http/sign.ts';
import { httpExporter } from '../../src/exporters/index.ts';
import { failure, numbered, patient } from './support.ts';

// The receiver that docs/analytics.md shows is run as it stands there, but for its port: people copy it.

const PAGE = join(import.meta.dirname, '../../../../docs/analytics.md');
const SOURCE = join(import.meta.dirname, '../../src/exporters/index.ts');
const MODULES = join(import.meta.dirname, '../../node_modules');
const LISTEN = '.listen(8080);';
const IMPORT = "'@flagwright/telemetry/exporters'";
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const MIB = 2 ** 20;

/** The block of the page; besides, it tells its port, and how much memory it took at most when it is asked. */
function receiverOfDocs(): string {
  const blocks = [...readFileSync(PAGE, 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map((block) => block[1]!);
  const [code, ...more] = blocks.filter((block) => block.includes('verifySignature('));
  expect([more.length, code?.split(LISTEN).length, code?.split(IMPORT).length], 'one receiver').toEqual([0, 2, 2]);
  const telling = ".listen(0, '127.0.0.1', function () { process.send(this.address().port); });";
  const started = code!.replace(LISTEN, telling).replace(IMPORT, JSON.stringify(SOURCE));
  return `${started}\nprocess.on('message', () => process.send(process.resourceUsage().maxRSS * 1_024));\n`;
}

/** A process that receives. */
interface Receiving {
  readonly child: ChildProcess;
  readonly port: number;
  readonly url: string;
  /** What it has printed: nothing, as long as all is well. */
  printed(): string;
}

async function start(program: Program, secret?: string): Promise<Receiving> {
  const { COLLECTOR_SECRET: _, ...env } = process.env;
  const child = fork(program.path, {
    env: secret === undefined ? env : { ...env, COLLECTOR_SECRET: secret },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let printed = '';
  child.stderr!.on('data', (chunk) => {
    printed += String(chunk);
  });
  const [port] = await once(child, 'message');
  return { child, port, url: `http://127.0.0.1:${port}/`, printed: () => printed };
}

let program: Program;
let receiving: Receiving;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flagwright-receiver-'));
  try {
    const file = join(folder, 'receiver.ts');
    writeFileSync(file, receiverOfDocs());
    program = await bundleProgram({ file, external: [], nodeModules: MODULES });
  } finally {
    rmSync(folder, { recursive: true });
  }
  receiving = await start(program, SECRET);
});
afterAll(() => {
  receiving?.child.kill();
  program?.remove();
});

/** The status of the answer to a request. A body that is a list is sent in chunks, without its length. */
function statusOf(
  body: string | Buffer | readonly Buffer[],
  headers: Readonly<Record<string, string>> = {},
  method = 'POST',
): Promise<number | undefined> {
  const { port } = receiving;
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.on('error', reject);
    if (typeof body === 'string' || Buffer.isBuffer(body)) sent.end(body);
    else {
      for (const chunk of body) sent.write(chunk);
      sent.end();
    }
  });
}

/** Sends what is no whole request, and is gone. */
async function cutOff(text: string | Buffer): Promise<void> {
  const socket = connect(receiving.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    socket.write(text, () => resolve());
  });
  socket.destroy();
}

/** The headers of somebody who has the secret. */
const signed = (body: string): Readonly<Record<string, string>> =>
  signatureHeaders([Buffer.from(SECRET.slice('whsec_'.length), 'base64')], 'msg_1', Date.now(), Buffer.from(body));

/** That it is alive, and takes what is genuine. */
async function expectWell(): Promise<void> {
  const exporter = httpExporter({ url: receiving.url, secret: SECRET });
  await exporter.export(numbered(0, 500), patient);
  expect([receiving.child.exitCode, receiving.printed()]).toEqual([null, '']);
}

const GZIP = { 'content-encoding': 'gzip' };
/** 640 MiB, of many members: it is made in no time. */
const BOMB = Buffer.concat(Array(40).fill(gzipSync(Buffer.alloc(16 * MIB))));

describe('the receiver of docs/analytics.md', () => {
  it.each([
    ['small', 1, true],
    ['packed', 500, true],
    ['not packed', 500, false],
  ])('takes what httpExporter sends: %s', async (_, events, gzip) => {
    await httpExporter({ url: receiving.url, secret: SECRET, gzip }).export(numbered(0, events), patient);
    const other = httpExporter({ url: receiving.url, secret: 'x'.repeat(24), gzip });
    expect(await failure(other.export(numbered(0, events), patient))).toMatchObject({ code: 'UNAUTHORIZED' });
    await expectWell();
  });

  it('has what is too large halved', async () => {
    const exporter = httpExporter({ url: receiving.url, secret: SECRET, maxBytes: 8 * MIB });
    const plain = httpExporter({ url: receiving.url, secret: SECRET, maxBytes: 8 * MIB, gzip: false });
    for (const one of [exporter, plain]) {
      const events = numbered(0, 100, { text: 'x'.repeat(20_000) });
      expect(await failure(one.export(events, patient))).toMatchObject({ code: 'TOO_LARGE' });
      await one.export(events.slice(0, 50), patient);
    }
    await expectWell();
  });

  it.each<[string, number, string | Buffer | readonly Buffer[], object?, string?]>([
    ['nothing', 401, ''],
    ['nothing, packed', 401, gzipSync(''), GZIP],
    ['no body', 401, '', {}, 'GET'],
    ['no signature', 401, '{"events":[]}'],
    ['a signature of another body', 401, '{"events":[1]}', signed('{"events":[]}')],
    ['a header that is no signature', 401, '{"events":[]}', { ...signed('{"events":[]}'), 'webhook-signature': 'v1,' }],
    ['another coding', 401, 'x', { 'content-encoding': 'br' }],
    ['two codings', 401, 'x', { 'content-encoding': 'gzip, gzip' }],
    ['no gzip', 400, 'not gzip', GZIP],
    ['no gzip at all', 400, '', GZIP],
    ['gzip that is cut', 400, gzipSync('x'.repeat(10_000)).subarray(0, 30), GZIP],
    ['gzip with a wrong sum', 400, Buffer.concat([gzipSync('x').subarray(0, -8), Buffer.alloc(8)]), GZIP],
    ['a large body', 413, Buffer.alloc(8 * MIB)],
    ['a large body in chunks', 413, Array(128).fill(Buffer.alloc(65_536))],
    ['a large body, packed', 413, gzipSync(Buffer.alloc(2 * MIB)), GZIP],
    ['a large body that is no gzip', 413, Buffer.alloc(8 * MIB), GZIP],
    ['a bomb', 413, BOMB, GZIP],
  ])('survives %s: %i', async (_, status, body, headers = {}, method = 'POST') => {
    expect(await statusOf(body, headers as Record<string, string>, method)).toBe(status);
    await expectWell();
  });

  it.each<[string, string | Buffer]>([
    ['in the middle of its headers', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-le'],
    ['before its body', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n'],
    ['in the middle of its body', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{"events"'],
    [
      'in the middle of its packed body',
      Buffer.concat([
        Buffer.from('POST / HTTP/1.1\r\nhost: a\r\ncontent-encoding: gzip\r\ncontent-length: 100\r\n\r\n'),
        gzipSync('x'.repeat(1_000)).subarray(0, 20),
      ]),
    ],
    ['in the middle of a chunk', 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{"ev'],
    [
      'with a chunk that is none',
      'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{"events"}\r\n',
    ],
    ['before the answer', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}'],
    ['with something that is not HTTP', Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01])],
  ])('survives a request that ends %s', async (_, text) => {
    await Promise.all(Array.from({ length: 20 }, () => cutOff(text)));
    await expectWell();
  });

  it('takes no memory for what is too large', async () => {
    const attacks = [BOMB, Array(512).fill(Buffer.alloc(65_536))].flatMap((body) => Array(10).fill(body));
    const statuses = await Promise.all(attacks.map((body) => statusOf(body, GZIP)));
    expect(new Set(statuses)).toEqual(new Set([413]));
    const asked = once(receiving.child, 'message');
    receiving.child.send('memory');
    const [most] = await asked;
    // twenty bodies of a MiB, packed and unpacked, and Node; never the 6,720 MiB that were sent
    expect(most).toBeLessThan(512 * MIB);
    await expectWell();
  });

  it('refuses nothing for good while it has no secret', async () => {
    const { child, url } = await start(program);
    onTestFinished(() => void child.kill());
    const exporter = httpExporter({ url, secret: SECRET });
    for (let i = 0; i < 3; i++) {
      expect(await failure(exporter.export([1], patient))).toMatchObject({
        code: 'UNAVAILABLE',
        message: 'the server failed (500)',
      });
    }
    expect(child.exitCode).toBe(null);
  });
});
