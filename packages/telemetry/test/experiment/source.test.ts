import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { FlagError } from '@flagwright/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExperimentSource, readExperiment } from '../../src/experiment/index.ts';
import { LONGEST_LINE } from '../../src/experiment/lines.ts';
import { asText, bought, shown, yielding } from './events.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flagwright-experiment-'));
});
afterAll(() => rm(folder, { recursive: true }));

const read = (source: ExperimentSource) => readExperiment(source, { flag: 'button', conversion: 'purchase' });

/** How many users, how many of them bought, and how many lines were broken. */
async function counted(source: ExperimentSource): Promise<readonly number[]> {
  const { variants, reading } = await read(source);
  const sum = (of: 'users' | 'conversions'): number => variants.reduce((total, variant) => total + variant[of], 0);
  return [sum('users'), sum('conversions'), reading.broken];
}

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const EVENTS = [shown('ünï 1', 0), bought('ünï 1', 1), shown('日本 🙂', 1), shown('u3', 1), bought('u3', 2)];
const TEXT = asText(EVENTS);

/** Parts of so many code units; a letter of two may be torn, too. */
const tornInto = (size: number, text: string): readonly string[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));

describe('a file', () => {
  it('is read by its path and by its URL', async () => {
    const path = await file('plain.jsonl', TEXT);
    expect(await counted(path)).toEqual([3, 2, 0]);
    expect(await counted(pathToFileURL(path))).toEqual([3, 2, 0]);
  });

  it('may begin with a mark of its encoding, have lines as Windows ends them, and no end of its last', async () => {
    expect(await counted(await file('bom.jsonl', `\uFEFF${TEXT}`))).toEqual([3, 2, 0]);
    expect(await counted(await file('crlf.jsonl', TEXT.replaceAll('\n', '\r\n')))).toEqual([3, 2, 0]);
    expect(await counted(await file('no-end.jsonl', TEXT.trimEnd()))).toEqual([3, 2, 0]);
    expect(await counted(await file('empty.jsonl', ''))).toEqual([0, 0, 0]);
  });

  it('may be torn at its end, or be no text at all', async () => {
    expect(await counted(await file('torn.jsonl', TEXT.slice(0, -20)))).toEqual([3, 1, 1]);
    // in the middle of a letter
    expect(
      await counted(await file('torn-letter.jsonl', Buffer.concat([Buffer.from(TEXT.trimEnd()), Buffer.of(0xc3)]))),
    ).toEqual([3, 1, 1]);
    const [users, , broken] = await counted(
      await file(
        'binary.jsonl',
        Uint8Array.from({ length: 99_999 }, (_, i) => i * 7),
      ),
    );
    expect(users).toBe(0);
    expect(broken).toBeGreaterThan(0);
  });

  it('is read with those that were rotated away from it, and with no others', async () => {
    const path = await file('events.jsonl', asText([shown('u1', 0)]));
    await file('events.jsonl.1', asText([shown('u2', 0), bought('u1', 1)]));
    await file('events.jsonl.2', asText([shown('u3', 0)]));
    await file('events.jsonl.10', asText([shown('u4', 0)]));
    for (const other of [
      'events.jsonl.gz',
      'events.jsonl.01',
      'events.jsonl.1.bak',
      'events.jsonlx.1',
      'xevents.jsonl.1',
    ]) {
      await file(other, asText([shown(other, 0)]));
    }
    expect(await counted(path)).toEqual([4, 1, 0]);
    expect((await read([path, `${path}.1`, path])).reading.lines).toBe(5);
  });

  it('that was just rotated away is found where it went', async () => {
    const path = await file('moved.jsonl', asText([shown('u1', 0)]));
    await rename(path, `${path}.1`);
    expect(await counted(path)).toEqual([1, 0, 0]);
  });

  it('is one of several', async () => {
    const paths = [
      await file('host-a.jsonl', asText([shown('u1', 0)])),
      await file('host-b.jsonl', asText([bought('u1', 1)])),
    ];
    expect(await counted(paths)).toEqual([1, 1, 0]);
    expect(await counted(paths.map((path) => pathToFileURL(path)))).toEqual([1, 1, 0]);
  });

  it('that is not there, or is a folder, is an error', async () => {
    const missing = join(folder, 'missing.jsonl');
    await expect(read(missing)).rejects.toMatchObject({ name: 'FlagError', code: 'NOT_FOUND' });
    await expect(read([await file('there.jsonl', TEXT), missing])).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(read(join(folder, 'no', 'folder.jsonl'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await mkdir(join(folder, 'folder.jsonl'));
    await expect(read(join(folder, 'folder.jsonl'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it.each([[''], [[]], [42], [undefined], [null], [new URL('https://example.com/events.jsonl')], [[42]], [{}]])(
    'is not %o',
    async (source) => {
      await expect(read(source as never)).rejects.toMatchObject({ name: 'FlagError', code: 'INVALID_ARGUMENT' });
    },
  );
});

describe('an async iterable', () => {
  it('is one of events, of lines, or of several lines at once', async () => {
    expect(await counted(yielding(...EVENTS))).toEqual([3, 2, 0]);
    expect(await counted(yielding(...TEXT.split('\n')))).toEqual([3, 2, 0]);
    expect(await counted(yielding(TEXT, TEXT.trimEnd()))).toEqual([3, 2, 0]);
  });

  it('is one of bytes, torn anywhere', async () => {
    const bytes = new TextEncoder().encode(TEXT);
    for (const size of [1, 2, 3, 7, 64, 1000]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(await counted(yielding(...pieces))).toEqual([3, 2, 0]);
    }
  });

  it('is one of text, torn anywhere', async () => {
    const crlf = TEXT.replaceAll('\n', '\r\n');
    for (const text of [TEXT, TEXT.trimEnd(), crlf, `Started\n{}\n${TEXT}`, `${TEXT}{"kind":"custom","ev`]) {
      const broken = text === TEXT || text === crlf || text === TEXT.trimEnd() ? 0 : text.startsWith('S') ? 2 : 1;
      for (let size = 1; size <= text.length; size += size < 300 ? 1 : 97) {
        expect(await counted(yielding(...tornInto(size, text))), `pieces of ${size}`).toEqual([3, 2, broken]);
      }
    }
  });

  it('is a web stream of text', async () => {
    const bytes = new TextEncoder().encode(TEXT);
    const stream = new ReadableStream<BufferSource>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 50) controller.enqueue(bytes.subarray(at, at + 50));
        controller.close();
      },
    }).pipeThrough(new TextDecoderStream());
    expect(await counted(stream)).toEqual([3, 2, 0]);
  });

  it('is one of texts of several lines, the last of them without its end', async () => {
    const [a, b, c, d, e] = TEXT.split('\n');
    expect(await counted(yielding(`${a}\n${b}`, `${c}\n${d}`, e!))).toEqual([3, 2, 0]);
    expect(await counted(yielding(a!, `${b}\n${c}`, d!, `${e}\n`))).toEqual([3, 2, 0]);
  });

  it('is one of lines, some of them broken, wherever those are', async () => {
    const lines = TEXT.trimEnd().split('\n');
    const torn = lines[0]!.slice(0, 40);
    expect(await counted(yielding(torn, 'Started', '', ' ', ...lines))).toEqual([3, 2, 2]);
    expect(await counted(yielding(...lines, torn, 'Ended'))).toEqual([3, 2, 2]);
    expect(await counted(yielding(...lines.flatMap((line) => [line, torn])))).toEqual([3, 2, 5]);
    expect(await counted(yielding(torn, '', 'Started'))).toEqual([0, 0, 2]);
    expect(await counted(yielding(lines[0]!.slice(0, 40), lines[0]!.slice(40)))).toEqual([1, 0, 0]);
  });

  it('is a stream of bytes or of text, or readline over it', async () => {
    const path = await file('stream.jsonl', TEXT);
    expect(await counted(createReadStream(path, { highWaterMark: 10 }))).toEqual([3, 2, 0]);
    expect(await counted(createReadStream(path, { highWaterMark: 10, encoding: 'utf8' }))).toEqual([3, 2, 0]);
    expect(await counted(createInterface({ input: createReadStream(path) }))).toEqual([3, 2, 0]);
    expect(await counted(Readable.from(EVENTS))).toEqual([3, 2, 0]);
  });

  it('that fails is an error, and what it threw is its cause', async () => {
    const cause = new Error('gone');
    async function* failing(): AsyncGenerator<string> {
      yield TEXT;
      throw cause;
    }
    await expect(read(failing())).rejects.toMatchObject({ name: 'FlagError', code: 'UNAVAILABLE', cause });
  });

  it('that fails with an error of ours fails with that', async () => {
    const error = new FlagError('UNAUTHORIZED', 'no');
    async function* failing(): AsyncGenerator<string> {
      yield TEXT;
      throw error;
    }
    await expect(read(failing())).rejects.toBe(error);
  });
});

it('a text without an end is not held, and what follows it is read', async () => {
  async function* endless(): AsyncGenerator<string> {
    for (let length = 0; length < 3 * LONGEST_LINE; length += 1024 * 1024) yield 'x'.repeat(1024 * 1024);
    yield `\n${TEXT}`;
  }
  const [users, conversions, broken] = await counted(endless());
  expect([users, conversions]).toEqual([3, 2]);
  expect(broken).toBeGreaterThan(0);
});

it('a line without an end is not held, and what follows it is read', async () => {
  const piece = new TextEncoder().encode('x'.repeat(1024 * 1024));
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (let length = 0; length < 3 * LONGEST_LINE; length += piece.length) yield piece;
    yield new TextEncoder().encode(`\n${TEXT}`);
  }
  expect(await counted(endless())).toEqual([3, 2, 1]);
});
