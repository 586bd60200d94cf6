import { renameSync, writeFileSync } from 'node:fs';
import { link, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSource } from '../../src/experiment/source.ts';
import { setAside } from '../../src/exporters/file/rotate.ts';

// Files that move while they are read, as the file exporter moves them.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flagwright-rotation-'));
});
afterAll(() => rm(folder, { recursive: true }));

const LINES = 30_000;

/** Lines that name a file, more than one read of it can hold. */
const content = (name: string): string =>
  Array.from({ length: LINES }, (_, i) => `${name} ${i} ${'.'.repeat(60)}\n`).join('');

/** How many lines of each file are read; `onLine` is called at each with their number. */
async function linesByFile(source: string | string[], onLine: (count: number) => void = () => undefined) {
  const found: Record<string, number> = {};
  let count = 0;
  await readSource(source, {
    line(text) {
      const name = text!.split(' ', 1)[0]!;
      found[name] = (found[name] ?? 0) + 1;
      onLine(++count);
    },
    event: () => expect.unreachable(),
  });
  return found;
}

/** Three files, and what sets them aside all at once. */
async function threeFiles(name: string): Promise<{ readonly path: string; rotate(): void }> {
  const path = join(folder, name);
  await Promise.all([
    writeFile(path, content('new')),
    writeFile(`${path}.1`, content('old')),
    writeFile(`${path}.2`, content('oldest')),
  ]);
  let last = 2;
  return {
    path,
    rotate() {
      for (let n = last++; n >= 1; n--) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
      renameSync(path, `${path}.1`);
      writeFileSync(path, 'later 0\n');
    },
  };
}

describe('files that are set aside while they are read', () => {
  it.each([1, 2, 5])('are each read once, after %d rotations', async (rotations) => {
    for (const list of [false, true]) {
      const { path, rotate } = await threeFiles(`rotated-${rotations}-${list}.jsonl`);
      const source = list ? [`${path}.1`, path] : path;
      const found = await linesByFile(source, (count) => {
        if (count % 7_000 === 0 && count <= rotations * 7_000) rotate();
      });
      expect(found).toEqual({ new: LINES, old: LINES, oldest: LINES });
    }
  });

  it('are each read once, though they move while they are opened', async () => {
    const path = join(folder, 'moving.jsonl');
    await writeFile(path, 'file0\n');
    let made = 1;
    let over = false;
    const rotating = (async () => {
      while (!over && made < 400) {
        await setAside(path, 1000);
        await writeFile(path, `file${made}\n`, { flag: 'wx' });
        made++;
      }
    })();
    try {
      for (let round = 0; round < 25; round++) {
        const before = made;
        const found = await linesByFile(path);
        for (let n = 0; n < before; n++) expect(found[`file${n}`], `file${n} of ${before}`).toBe(1);
        expect(Object.values(found).every((count) => count === 1)).toBe(true);
      }
    } finally {
      over = true;
      await rotating;
    }
    expect(Object.keys(await linesByFile(path))).toHaveLength(made);
  });
});

describe('a file', () => {
  it('with two names is read once', async () => {
    const path = join(folder, 'named.jsonl');
    await writeFile(path, 'named 1\n');
    await link(path, join(folder, 'hard.jsonl'));
    await symlink(path, join(folder, 'soft.jsonl'));
    expect(await linesByFile([path, join(folder, 'hard.jsonl'), join(folder, 'soft.jsonl')])).toEqual({ named: 1 });
  });

  it('is one of a number that can be open at a time', async () => {
    const path = join(folder, 'many.jsonl');
    const names = Array.from({ length: 2001 }, (_, i) => (i === 0 ? path : `${path}.${i}`));
    for (const name of names) writeFileSync(name, 'many 1\n');
    await expect(linesByFile(path)).rejects.toMatchObject({
      name: 'FlagError',
      code: 'TOO_LARGE',
      message: expect.stringContaining('more than 2000 files'),
    });
    await rm(names[7]!);
    expect(await linesByFile(path)).toEqual({ many: 2000 });
  });
});
