import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { FlagDefinition, FlagSource, Unsubscribe } from '@flagwright/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileSource } from './file.ts';

let root: string;
let stops: Unsubscribe[];
const at = (...names: readonly string[]): string => join(root, ...names);
const text = (value: number): string => `flags: {a: {default: ${value}}}`;
const write = (path: string, value: number): void => writeFileSync(path, text(value));

function replace(path: string, value: number): void {
  write(`${path}.tmp`, value);
  renameSync(`${path}.tmp`, path);
}

/** Reads at every hint, as the follower does. */
interface Follower {
  hints: number;
  readonly failures: unknown[];
  /** What flag `a` is by the last good read. */
  value: unknown;
  /** Resolves when a read that followed a hint shows this. */
  until(value: unknown, ms?: number): Promise<void>;
}

async function followed(source: FlagSource): Promise<Follower> {
  let wake: () => void = () => undefined;
  const read = async (): Promise<void> => {
    const set = await source.read().catch(() => undefined);
    const flags = set?.document.flags as
      | Record<string, FlagDefinition>
      | ReadonlyMap<string, FlagDefinition>
      | undefined;
    if (flags !== undefined)
      follower.value = (flags instanceof Map ? flags.get('a') : (flags as Record<string, FlagDefinition>).a)?.default;
    wake();
  };
  const follower: Follower = {
    hints: 0,
    failures: [],
    value: undefined,
    async until(value, ms = 2_000) {
      const end = Date.now() + ms;
      while (follower.value !== value) {
        if (Date.now() > end)
          throw new Error(`not ${value} but ${follower.value} after ${ms} ms and ${follower.hints} hints`);
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, 50);
        });
      }
    },
  };
  const stop = await source.subscribe?.({
    changed() {
      follower.hints++;
      void read();
    },
    failed: (cause) => follower.failures.push(cause),
  });
  stops.push(stop!, () => source.close?.());
  return follower;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'flagwright-watch-')));
  stops = [];
});
afterEach(async () => {
  for (const stop of stops) await stop();
  rmSync(root, { recursive: true, force: true });
});

describe('a file', () => {
  let file: string;
  let follower: Follower;
  beforeEach(async () => {
    mkdirSync(at('conf'));
    file = at('conf', 'features.yaml');
    write(file, 1);
    follower = await followed(fileSource({ path: file }));
  });

  it('written in place, again and again', async () => {
    for (let i = 2; i < 12; i++) {
      write(file, i);
      await follower.until(i);
    }
  });

  it('written at once after another change was told', async () => {
    for (let i = 2; i < 40; i += 2) {
      const { hints } = follower;
      write(file, i);
      while (follower.hints === hints) await pause(1);
      write(file, i + 1);
      await follower.until(i + 1);
    }
  });

  it('replaced by rename', async () => {
    for (let i = 2; i < 8; i++) {
      replace(file, i);
      await follower.until(i);
    }
  });

  it('replaced by one with the same mtime', async () => {
    const then = new Date(Date.now() - 3_600_000);
    utimesSync(file, then, then);
    write(`${file}.tmp`, 2);
    utimesSync(`${file}.tmp`, then, then);
    renameSync(`${file}.tmp`, file);
    await follower.until(2);
  });

  it('saved as vim does: the old one renamed, a new one written, the old one removed', async () => {
    for (let i = 2; i < 5; i++) {
      renameSync(file, `${file}~`);
      write(file, i);
      unlinkSync(`${file}~`);
      await follower.until(i);
    }
  });

  it('removed, and made again', async () => {
    unlinkSync(file);
    await pause(60);
    write(file, 2);
    await follower.until(2);
    unlinkSync(file);
    write(file, 3);
    await follower.until(3);
  });

  it('whose folder is removed, and made again', async () => {
    for (let i = 2; i < 5; i++) {
      rmSync(at('conf'), { recursive: true });
      await pause(i === 3 ? 0 : 50);
      mkdirSync(at('conf'));
      write(file, i * 10);
      await follower.until(i * 10);
      write(file, i);
      await follower.until(i);
    }
  });

  it('whose folder is replaced by rename', async () => {
    for (let i = 2; i < 5; i++) {
      mkdirSync(at('new'));
      write(at('new', 'features.yaml'), i * 10);
      renameSync(at('conf'), at(`old-${i}`));
      renameSync(at('new'), at('conf'));
      await follower.until(i * 10);
      write(file, i);
      await follower.until(i);
    }
  });

  it('whose folder and the one above are removed, and made again', async () => {
    const deep = at('x', 'y', 'z');
    mkdirSync(deep, { recursive: true });
    write(join(deep, 'features.yaml'), 1);
    const other = await followed(fileSource({ path: join(deep, 'features.yaml') }));
    rmSync(at('x'), { recursive: true });
    await pause(50);
    mkdirSync(deep, { recursive: true });
    write(join(deep, 'features.yaml'), 2);
    await other.until(2);
  });

  it('is told once of many writes, and not kept from it by more of them', async () => {
    const end = Date.now() + 300;
    for (let i = 2; Date.now() < end; i++) {
      write(file, i);
      await pause(2);
    }
    write(file, 1_000);
    await follower.until(1_000);
    expect(follower.hints).toBeGreaterThan(3);
    expect(follower.hints).toBeLessThan(20);
  });

  it('is not disturbed by other files beside it', async () => {
    await pause(60);
    const { hints } = follower;
    for (let i = 0; i < 50; i++) writeFileSync(at('conf', `other-${i}.yaml`), 'x');
    mkdirSync(at('conf', 'sub'));
    await pause(80);
    expect(follower.hints).toBe(hints);
    write(file, 2);
    await follower.until(2);
  });

  it('is told soon', async () => {
    const took: number[] = [];
    for (let i = 2; i < 22; i++) {
      const { hints } = follower;
      const start = performance.now();
      write(file, i);
      while (follower.hints === hints) await pause(1);
      took.push(performance.now() - start);
      await pause(30);
    }
    took.sort((a, b) => a - b);
    // 25 ms on a quiet machine; the median leaves out what the machine did meanwhile
    expect(took[10]).toBeLessThan(100);
  });

  it('is told to several at once, of which one may leave', async () => {
    const source = fileSource({ path: file });
    const one = await followed(source);
    const two = await followed(source);
    write(file, 2);
    await Promise.all([one.until(2), two.until(2)]);
    await stops.at(-4)!();
    write(file, 3);
    await two.until(3);
    expect(one.value).toBe(2);
  });

  it('is no longer watched after close', async () => {
    const source = fileSource({ path: file });
    const one = await followed(source);
    await source.close?.();
    write(file, 2);
    await pause(80);
    expect(one.hints).toBe(0);
    await expect(source.subscribe?.({ changed: () => undefined, failed: () => undefined })).rejects.toMatchObject({
      code: 'NOT_READY',
    });
  });

  it('keeps no process alive', () => {
    expect(process.getActiveResourcesInfo().filter((name) => name.startsWith('FSEvent'))).toEqual([]);
  });
});

describe('symbolic links', () => {
  it('a ConfigMap: `..data` is swapped, the old folder removed', async () => {
    const version = (i: number): void => {
      mkdirSync(at(`..${i}`));
      write(at(`..${i}`, 'features.yaml'), i);
      symlinkSync(`..${i}`, at('..data_tmp'));
      renameSync(at('..data_tmp'), at('..data'));
      if (i > 1) rmSync(at(`..${i - 1}`), { recursive: true });
    };
    version(1);
    symlinkSync('..data/features.yaml', at('features.yaml'));
    const one = await followed(fileSource({ path: at('features.yaml') }));
    const all = await followed(fileSource({ path: root }));
    for (let i = 2; i < 7; i++) {
      version(i);
      await Promise.all([one.until(i), all.until(i)]);
    }
  });

  it('a link whose target changes, and one that is pointed elsewhere', async () => {
    mkdirSync(at('a'));
    mkdirSync(at('b'));
    write(at('a', 'real.yaml'), 1);
    write(at('b', 'real.yaml'), 3);
    symlinkSync('a', at('dir'));
    symlinkSync('dir/real.yaml', at('features.yaml'));
    const follower = await followed(fileSource({ path: at('features.yaml') }));
    write(at('a', 'real.yaml'), 2);
    await follower.until(2);
    symlinkSync('b', at('dir.tmp'));
    renameSync(at('dir.tmp'), at('dir'));
    await follower.until(3);
    write(at('b', 'real.yaml'), 4);
    await follower.until(4);
    symlinkSync('a/real.yaml', at('features.tmp'));
    renameSync(at('features.tmp'), at('features.yaml'));
    await follower.until(2);
    replace(at('a', 'real.yaml'), 5);
    await follower.until(5);
  });

  it('a link in a circle harms nobody, and may be mended', async () => {
    symlinkSync('features.yaml', at('features.yaml'));
    const follower = await followed(fileSource({ path: at('features.yaml') }));
    unlinkSync(at('features.yaml'));
    write(at('features.yaml'), 2);
    await follower.until(2);
  });
});

describe('what is made later', () => {
  it('a file', async () => {
    const follower = await followed(fileSource({ path: at('features.yaml') }));
    write(at('features.yaml'), 1);
    await follower.until(1);
    write(at('features.yaml'), 2);
    await follower.until(2);
  });

  it('a file in folders that are not there, one after the other', async () => {
    const file = at('x', 'y', 'features.yaml');
    const follower = await followed(fileSource({ path: file }));
    mkdirSync(at('x'));
    await pause(50);
    mkdirSync(at('x', 'y'));
    await pause(50);
    write(file, 1);
    await follower.until(1);
  });

  it('a file in folders that are not there, all at once', async () => {
    const file = at('x', 'y', 'z', 'features.yaml');
    const follower = await followed(fileSource({ path: file }));
    mkdirSync(at('x', 'y', 'z'), { recursive: true });
    write(file, 1);
    await follower.until(1);
    write(file, 2);
    await follower.until(2);
  });
});

describe('a folder', () => {
  it('a file changed, added, removed; renamed as a whole', async () => {
    mkdirSync(at('conf'));
    write(at('conf', '1.yaml'), 1);
    const follower = await followed(fileSource({ path: at('conf') }));
    write(at('conf', '1.yaml'), 2);
    await follower.until(2);
    writeFileSync(at('conf', '2.json'), '{"flags": {"b": {"default": 1}}}');
    unlinkSync(at('conf', '1.yaml'));
    await follower.until(undefined);
    mkdirSync(at('new'));
    write(at('new', '1.yaml'), 3);
    renameSync(at('conf'), at('old'));
    renameSync(at('new'), at('conf'));
    await follower.until(3);
    write(at('conf', '1.yaml'), 4);
    await follower.until(4);
  });

  it('is not disturbed by files that are none of its own', async () => {
    write(at('1.yaml'), 1);
    const follower = await followed(fileSource({ path: root }));
    await pause(60);
    const { hints } = follower;
    for (const name of ['notes.txt', '.hidden.yaml', 'x.yaml.swp', 'x.yaml~']) writeFileSync(at(name), 'x');
    await pause(80);
    expect(follower.hints).toBe(hints);
  });

  it('of ten thousand other files is watched at little cost', async () => {
    for (let i = 0; i < 10_000; i++) writeFileSync(at(`x${i}`), '');
    write(at('features.yaml'), 1);
    const follower = await followed(fileSource({ path: at('features.yaml') }));
    const before = process.cpuUsage();
    for (let i = 0; i < 10; i++) {
      writeFileSync(at(`new-${basename(root)}-${i}`), '');
      await pause(10);
    }
    const { user, system } = process.cpuUsage(before);
    // chokidar takes 100 ms for each
    expect((user + system) / 1_000).toBeLessThan(200);
    expect(follower.hints).toBe(0);
    write(at('features.yaml'), 2);
    await follower.until(2);
  });
});

it('a file that is not to be watched offers no hints', () => {
  expect(fileSource({ path: at('features.yaml'), watch: false }).subscribe).toBeUndefined();
});
