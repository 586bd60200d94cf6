import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, renameSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundleProgram, type Program, smallDisk } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fileExporter } from '../../src/exporters/index.ts';
import { contentsOf, filesOf } from './file-support.ts';
import { failure, newFolder, numbered, patient, range } from './support.ts';

const EXPORTERS = join(import.meta.dirname, '../../src/exporters/index.ts');

/**
 * Writes events from a number on, in batches, until it is killed or there is none left, and prints a number when all
 * events below are taken. What cannot be written is tried again.
 */
const PROGRAM = `
import { fileExporter } from ${JSON.stringify(EXPORTERS)};
const [path, from, to, batch, maxBytes, text] = process.argv.slice(2);
const exporter = fileExporter({ path, maxBytes: Number(maxBytes), keep: 1_000 });
const { signal } = new AbortController();
for (let n = Number(from); n < Number(to); n += Number(batch)) {
  const items = Array.from({ length: Number(batch) }, (_, i) => ({ n: n + i, text: 'x'.repeat(Number(text)) }));
  for (;;) {
    try {
      await exporter.export(items, signal);
      break;
    } catch (thrown) {
      console.error(thrown.message);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  console.log(n + items.length);
}
await exporter.close();
`;

let program: Program;

beforeAll(async () => {
  program = await bundleProgram({ text: PROGRAM });
});
afterAll(() => program.remove());

/** What the program is told. */
interface Task {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly batch: number;
  readonly maxBytes: number;
  /** Characters of each event. */
  readonly text: number;
}

function start({ path, from, to, batch, maxBytes, text }: Task): ChildProcess {
  const args = [path, from, to, batch, maxBytes, text].map(String);
  const child = spawn(process.execPath, [program.path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

type Call = (...args: unknown[]) => Promise<unknown>;

/** Where the methods of open files are, for failures that no real disk here makes when it is told to. */
async function prototypeOfHandles(path: string): Promise<{ write: Call; truncate: Call; sync: Call; datasync: Call }> {
  const handle = await open(path);
  await handle.close();
  return Object.getPrototypeOf(handle);
}

describe('fileExporter on a full disk', () => {
  it('takes back what was let through of a batch, and writes it once there is room', async () => {
    const disk = smallDisk(join(newFolder(), 'disk'), 2 ** 20);
    try {
      const path = join(disk.path, 'events');
      const exporter = fileExporter({ path });
      // the rest of the last block of the file has room still, for a part of the next batch
      await exporter.export(numbered(0, 5), patient);
      const before = readFileSync(path, 'utf8');
      disk.fill();
      const items = numbered(5, 400);
      for (let i = 0; i < 3; i++) {
        const error = await failure(exporter.export(items, patient));
        expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(/ENOSPC|EFBIG/) });
        expect(readFileSync(path, 'utf8')).toBe(before);
      }
      disk.free();
      await exporter.export(items, patient);
      await exporter.export(numbered(400, 500), patient);
      await exporter.flush!(patient);
      await exporter.close!();
      expect(contentsOf([path])).toEqual({ numbers: range(0, 500), torn: [] });
    } finally {
      disk.remove();
    }
  });

  it('leaves no torn line where a limit of the process cuts a batch off', async () => {
    const path = join(newFolder(), 'events');
    const exporter = fileExporter({ path });
    const limit = (bytes: string): unknown =>
      execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
    await exporter.export(numbered(0, 100), patient);
    const { size } = statSync(path);
    // in the middle of a line
    limit(String(size + 333));
    try {
      const items = numbered(100, 200);
      const error = await failure(exporter.export(items, patient));
      expect(error.message).toContain('larger than a file may be (EFBIG)');
      expect(statSync(path).size).toBe(size);
      limit('unlimited');
      await exporter.export(items, patient);
    } finally {
      limit('unlimited');
    }
    await exporter.close!();
    expect(contentsOf([path])).toEqual({ numbers: range(0, 200), torn: [] });
  });

  it.each([
    ['takes back the half of a batch', false, false, { numbers: [0, 1, 2, 3], torn: [] }],
    ['takes it back later, if not at once', false, true, { numbers: [0, 1, 2, 3], torn: [] }],
    ['keeps what others wrote after it', true, false, { numbers: [0, 1, 100, 2, 3], torn: ['{"n":2,"us'] }],
  ])('%s where the disk fails in the middle', async (_, others, twice, expected) => {
    const path = join(newFolder(), 'events');
    const exporter = fileExporter({ path });
    await exporter.export(numbered(0, 2), patient);
    const before = readFileSync(path, 'utf8');
    const prototype = await prototypeOfHandles(path);
    const write = vi.spyOn(prototype, 'write').mockImplementationOnce(async () => {
      appendFileSync(path, '{"n":2,"us');
      return { bytesWritten: 10 };
    });
    write.mockImplementationOnce(async () => {
      if (others) appendFileSync(path, '\n{"n":100}\n');
      throw Object.assign(new Error('input/output error'), { code: 'EIO' });
    });
    const truncate = vi.spyOn(prototype, 'truncate');
    if (twice) truncate.mockRejectedValueOnce(Object.assign(new Error('input/output error'), { code: 'EIO' }));
    onTestFinished(() => void vi.restoreAllMocks());
    const items = numbered(2, 4);
    const error = await failure(exporter.export(items, patient));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('the disk fails (EIO)') });
    if (!others && !twice) expect(readFileSync(path, 'utf8')).toBe(before);
    await exporter.export(items, patient);
    await exporter.close!();
    expect(contentsOf([path])).toEqual(expected);
  });
});

describe('flush of fileExporter', () => {
  it('has the disk confirm what was written, and the name of a new file, and nothing twice', async () => {
    const folder = newFolder();
    const prototype = await prototypeOfHandles(folder);
    const [data, names] = [vi.spyOn(prototype, 'datasync'), vi.spyOn(prototype, 'sync')];
    onTestFinished(() => void vi.restoreAllMocks());
    const calls = (): readonly number[] => [data.mock.calls.length, names.mock.calls.length];
    const exporter = fileExporter({ path: join(folder, 'events'), maxBytes: 500 });
    await exporter.export(numbered(0, 10), patient);
    expect(calls()).toEqual([0, 0]);
    await exporter.flush!(patient);
    expect(calls()).toEqual([1, 1]);
    await exporter.flush!(patient);
    expect(calls()).toEqual([1, 1]);
    // sets the first file aside
    await exporter.export(numbered(10, 20), patient);
    await exporter.export(numbered(20, 30), patient);
    await exporter.close!();
    const [written, named] = calls();
    expect(written).toBeGreaterThanOrEqual(3);
    expect(named).toBe(2);
  });

  it('tells once that the disk did not confirm a file, also one that was moved since', async () => {
    const path = join(newFolder(), 'events');
    const exporter = fileExporter({ path });
    await exporter.export(numbered(0, 10), patient);
    const prototype = await prototypeOfHandles(path);
    const fails = vi.spyOn(prototype, 'datasync');
    onTestFinished(() => void vi.restoreAllMocks());
    fails.mockRejectedValueOnce(Object.assign(new Error('input/output error'), { code: 'EIO' }));
    expect(await failure(exporter.flush!(patient))).toMatchObject({ code: 'UNAVAILABLE' });
    await exporter.flush!(patient);
    await exporter.export(numbered(10, 20), patient);
    renameSync(path, `${path}.moved`);
    fails.mockRejectedValueOnce(Object.assign(new Error('input/output error'), { code: 'EIO' }));
    await exporter.export(numbered(20, 30), patient);
    expect(await failure(exporter.flush!(patient))).toMatchObject({ message: expect.stringContaining('EIO') });
    await exporter.flush!(patient);
    await exporter.close!();
    expect(contentsOf([`${path}.moved`, path])).toEqual({ numbers: range(0, 30), torn: [] });
  });
});

describe('fileExporter, killed', () => {
  it('loses nothing it has taken, and a reader at most a line for each time', async () => {
    const path = join(newFolder(), 'events');
    const rounds = 6;
    let taken = 0;
    for (let round = 0; round < rounds; round++) {
      const task = { path, from: taken, to: 1e9, batch: 500, maxBytes: 3 * 2 ** 20, text: 2_000 };
      const child = start(task);
      const lines = createInterface(child.stdout!);
      for (let told = 0; told < 3 + round; told++) {
        const [line] = (await once(lines, 'line')) as [string];
        taken = Number(line);
      }
      lines.on('line', (line) => {
        taken = Number(line);
      });
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    }
    const last = start({ path, from: taken, to: taken + 500, batch: 500, maxBytes: 3 * 2 ** 20, text: 2_000 });
    expect(await once(last, 'exit')).toEqual([0, null]);
    const { numbers, torn } = contentsOf(filesOf(path));
    expect(torn.length).toBeLessThanOrEqual(rounds);
    const found = new Set(numbers);
    expect(range(0, taken + 500).filter((n) => !found.has(n))).toEqual([]);
    // a batch that was written and not told of is written again
    expect(numbers.length - found.size).toBeLessThanOrEqual(rounds * 500);
    expect(filesOf(path).length).toBeGreaterThan(1);
  });
});

describe('two processes with one path', () => {
  it('lose, double and tear nothing, also when the file is set aside', async () => {
    const path = join(newFolder(), 'events');
    const common = { path, batch: 20, maxBytes: 20_000, text: 100 };
    const children = [0, 1, 2].map((i) => start({ ...common, from: i * 10_000, to: i * 10_000 + 4_000 }));
    for (const child of children) child.stdout!.resume();
    const exits = await Promise.all(children.map((child) => once(child, 'exit')));
    expect(exits).toEqual(children.map(() => [0, null]));
    const { numbers, torn } = contentsOf(filesOf(path));
    expect(torn).toEqual([]);
    const expected = [0, 1, 2].flatMap((i) => range(i * 10_000, i * 10_000 + 4_000));
    expect([...numbers].sort((a, b) => a - b)).toEqual(expected);
    // how many depends on the disk: while one process sets the file aside, the others write on
    expect(filesOf(path).length).toBeGreaterThan(1);
  });
});
