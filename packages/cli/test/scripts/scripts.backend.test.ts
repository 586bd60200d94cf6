import { readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from '@flagwright/server';
import { bundleProgram, type Program } from '@flagwright/test-servers';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type Place, runPage } from './script.ts';

// Pages that are run, each against a server of its own: those of the specification's command blocks, and those of the docs.
// `UPDATE_SCRIPTS=1` writes what was said into them.

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../../../..', import.meta.url));

const pages = [
  ...readdirSync(join(here, 'seed'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => join(here, 'seed', name)),
  join(root, 'docs/flagctl.md'),
];

// each process is waited for by another
vi.setConfig({ maxConcurrency: 3 });

let flagctl: Program;
let bin: string;
beforeAll(async () => {
  flagctl = await bundleProgram({
    file: join(here, '../../src/bin.ts'),
    external: ['@flagwright/server', 'pg', '@electric-sql/pglite'],
    nodeModules: join(here, '../../node_modules'),
  });
  bin = await mkdtemp(join(tmpdir(), 'flagctl-bin-'));
  const shim = join(bin, 'flagctl');
  await writeFile(shim, `#!/bin/sh\nexec '${process.execPath}' '${flagctl.path}' "$@"\n`);
  await chmod(shim, 0o755);
});
afterAll(async () => {
  flagctl.remove();
  await rm(bin, { recursive: true, force: true });
});

/** A server with an empty database, and an empty home folder. */
async function withPlace<T>(name: string, use: (place: Place) => Promise<T>): Promise<T> {
  const database = new URL(inject('postgresUrl'));
  const admin = new Client(database.href);
  await admin.connect();
  const id = `cli_${name.replace(/\W/g, '_')}_${process.pid}`.toLowerCase();
  await admin.query(`drop database if exists ${id} with (force)`);
  await admin.query(`create database ${id}`);
  database.pathname = `/${id}`;
  const server = await createServer({ database: database.href, log: () => undefined });
  const folder = await mkdtemp(join(tmpdir(), 'flagctl-home-'));
  try {
    const { url } = await server.listen();
    const { PATH = '' } = process.env;
    return await use({
      folder,
      env: {
        PATH: [bin, dirname(process.execPath), PATH].join(delimiter),
        HOME: folder,
        LC_ALL: 'C.UTF-8',
        FLAGCTL_SERVER: url,
        FLAGCTL_TOKEN: server.firstToken!,
      },
    });
  } finally {
    await server.close(1_000);
    await rm(folder, { recursive: true, force: true });
    await admin.query(`drop database if exists ${id} with (force)`);
    await admin.end();
  }
}

describe('pages that are run', () => {
  it.concurrent.each(pages.map((page) => [relative(root, page), page] as const))(
    '%s',
    async (name, page) => {
      const { differences, page: right } = await withPlace(name.slice(-30), (place) => runPage(page, place));
      if (process.env.UPDATE_SCRIPTS === '1') await writeFile(page, right);
      else expect(differences).toEqual([]);
    },
    120_000,
  );
});
