import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { promisify } from 'node:util';
import { bundleProgram, type Program } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stdoutExporter } from '../../src/exporters/index.ts';
import { failure, isDecided, newFolder, numbered, patient } from './support.ts';

const SOURCE = join(import.meta.dirname, '../../src/exporters/stdout.ts');

/** Runs an exporter to standard output, and says on standard error what came of it. */
const PROGRAM = `
import { stdoutExporter } from ${JSON.stringify(SOURCE)};
process.on('uncaughtException', (thrown) => console.error('uncaught', thrown.code));
const { signal } = new AbortController();
const exporter = stdoutExporter();
const codes = [];
const end = Date.now() + 30_000;
const [events, wanted] = process.argv.slice(2).map(Number);
for (let n = 0; n < events && codes.length < wanted && Date.now() < end; n++) {
  await exporter.export([{ n, text: 'x'.repeat(1_000) }], signal).catch(({ code }) => codes.push(code));
  if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
await new Promise((resolve) => setTimeout(resolve, 50));
console.error(JSON.stringify({ codes, listeners: process.stdout.listenerCount('error') }));
`;

let program: Program;

beforeAll(async () => {
  program = await bundleProgram({ text: PROGRAM });
});
afterAll(() => program.remove());

const linesIn = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** A stream that takes what it was given when it is told to. */
function slowStream(): { readonly stream: Writable; readonly taken: string[]; takeNext(): void } {
  const taken: string[] = [];
  let take = (): void => undefined;
  const stream = new Writable({
    write(chunk, _, done) {
      take = () => {
        taken.push(String(chunk));
        done();
      };
    },
  });
  return { stream, taken, takeNext: () => take() };
}

describe('stdoutExporter', () => {
  it('prints each item as a line, whatever is in it', async () => {
    const stream = new PassThrough();
    const { export: send, name } = stdoutExporter({ stream });
    expect(name).toBe('stdout');
    const cycle: Record<string, unknown> = { n: 2n };
    cycle.self = cycle;
    await send([{ text: 'a\nb' }, undefined, cycle], patient);
    expect(linesIn(String(stream.read()))).toEqual([{ text: 'a\nb' }, null, { n: '2' }]);
  });

  it('waits until what it printed is taken', async () => {
    const { stream, taken, takeNext } = slowStream();
    const exporter = stdoutExporter({ stream });
    const sent = exporter.export([{ n: 1 }], patient);
    const flushed = exporter.flush!(patient);
    expect(await isDecided(sent)).toBe(false);
    expect(await isDecided(flushed)).toBe(false);
    takeNext();
    await Promise.all([sent, flushed]);
    expect(taken).toEqual(['{"n":1}\n']);
    expect(stream.listenerCount('error')).toBe(0);
    expect(stream.listenerCount('close')).toBe(0);
  });

  it('prints nothing twice when somebody gives up', async () => {
    const { stream, taken, takeNext } = slowStream();
    const exporter = stdoutExporter({ stream });
    const [items, aborter] = [[{ n: 1 }], new AbortController()];
    const first = exporter.export(items, aborter.signal);
    aborter.abort();
    const again = exporter.export(items, patient);
    const next = exporter.export([{ n: 2 }], patient);
    expect(await isDecided(again)).toBe(false);
    takeNext();
    await Promise.all([first, again]);
    await isDecided(next);
    takeNext();
    await next;
    expect(taken).toEqual(['{"n":1}\n', '{"n":2}\n']);
  });

  it.each([
    ['ended', (stream: Writable) => stream.end()],
    ['destroyed', (stream: Writable) => stream.destroy()],
  ])('refuses items for good when the stream is %s', async (_, close) => {
    const stream = new PassThrough();
    const exporter = stdoutExporter({ stream });
    close(stream);
    for (let i = 0; i < 3; i++) {
      expect(await failure(exporter.export([1], patient))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(stream.listenerCount('error')).toBe(0);
  });

  it('does not wait for a stream that closes without a word', async () => {
    const stream = new Writable({ write: () => undefined });
    const exporter = stdoutExporter({ stream });
    const sent = failure(exporter.export([1], patient));
    stream.destroy();
    expect(await sent).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('fails with what the stream says, and its error event is heard', async () => {
    const path = newFolder();
    // a folder cannot be opened: the error comes later, as an event and to whoever writes
    const stream = createWriteStream(path);
    const exporter = stdoutExporter({ stream });
    const error = await failure(exporter.export([1], patient));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: 'the stream could not be written (EISDIR)' });
    expect(await failure(exporter.export([1], patient))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('fails with what the stream throws, and leaves nothing on it', async () => {
    const stream = new Writable({
      write() {
        throw Object.assign(new Error('s3cret'), { code: 'EODD' });
      },
    });
    const exporter = stdoutExporter({ stream });
    const error = await failure(exporter.export([1], patient));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: 'the stream could not be written (EODD)' });
    expect(stream.listenerCount('close') + stream.listenerCount('error')).toBe(0);
  });

  it('writes a file', async () => {
    const path = join(newFolder(), 'events');
    const stream = createWriteStream(path);
    const exporter = stdoutExporter({ stream });
    for (let i = 0; i < 100; i++) await exporter.export(numbered(i * 10, i * 10 + 10), patient);
    // not its own
    await exporter.close?.();
    stream.end();
    await once(stream, 'close');
    expect(linesIn(readFileSync(path, 'utf8'))).toEqual(numbered(0, 1_000));
  });

  it('prints on standard output', async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program.path, '1000', '1'], {
      maxBuffer: 2 ** 24,
    });
    expect(linesIn(stdout)).toHaveLength(1_000);
    expect(JSON.parse(stderr)).toEqual({ codes: [], listeners: 0 });
  });

  it('survives that nobody reads standard output any more', async () => {
    const child = spawn(process.execPath, [program.path, '1000000', '3'], { stdio: ['ignore', 'pipe', 'pipe'] });
    const told = child.stderr.setEncoding('utf8').toArray();
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const refused = ['INVALID_ARGUMENT', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'];
    expect(JSON.parse((await told).join(''))).toMatchObject({ codes: refused, listeners: 0 });
  });

  it.each([
    { stream: {} },
    { stream: { write: () => true } },
    { stream: 'stdout' },
    { stream: null },
    { name: 'a b' },
    { name: '' },
    null,
  ])('refuses %j', (options) => {
    expect(() => stdoutExporter(options as object)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
