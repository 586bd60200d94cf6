import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ran } from '../../test/world.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'flagctl-'));
  await writeFile(join(cwd, 'f.yaml'), 'flags: { f: { type: boolean, default: false } }\n');
  await writeFile(join(cwd, 'f.test.yaml'), 'files: [f.yaml]\ntests: [{ flag: f, expect: off }]\n');
  await writeFile(
    join(cwd, 'flagctl.cfg'),
    'apiVersion: v1\nkind: Config\ncontexts: [{ name: prod, context: { environment: "http://127.0.0.1:9" } }]\n',
  );
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

it.each([['exec ff f -f f.yaml'], ['rollout simulate f -f f.yaml --count 10'], ['test f.test.yaml']])(
  '%s takes names of the configuration, and refuses others',
  async (line) => {
    const run = (context: string) =>
      ran([...line.split(' '), '--config', 'flagctl.cfg', '--context', context], { cwd, home: cwd });
    expect(await run('prod')).toMatchObject({ code: 0 });
    for (const [name, code, message] of [
      ['prd', 4, /^Error: --context: there is no context "prd" in flagctl\.cfg\n {2}Did you mean "prod"\?\n/],
      ['f.yaml', 4, /^Error: --context: there is no context "f\.yaml" in flagctl\.cfg\n/],
      ['', 2, /^Error: --context is empty\n/],
    ] as const) {
      expect(await run(name)).toMatchObject({ code, out: '', err: expect.stringMatching(message) });
    }
  },
);
