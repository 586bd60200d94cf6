import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type Probe, probeOf } from './probe.ts';

const parser = pathToFileURL(createRequire(import.meta.url).resolve('oxc-parser')).href;
const ways = [{ sourceType: 'module' }];

describe('a probe', () => {
  let probe: Probe | undefined;
  afterEach(() => probe?.close());

  it('survives what its process does not, and goes on', async () => {
    probe = probeOf(parser);
    const answers: boolean[] = [];
    for (const text of ['x', '('.repeat(100_000), 'no program at all', '!'.repeat(100_000), '']) {
      answers.push(await probe.survives('a.ts', text, ways));
    }
    expect(answers).toEqual([true, false, true, false, true]);
  });

  it('says so if nothing can be tried', async () => {
    probe = probeOf(`${parser}.not-there`);
    await expect(probe.survives('a.ts', 'x', ways)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('may be closed before anything was tried, and twice', () => {
    probe = probeOf(parser);
    probe.close();
    probe.close();
  });
});
