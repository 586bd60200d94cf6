import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The program as it is published: `tsc -b && node packages/cli/bundle.mjs` makes it. */
const PROGRAM = path.resolve(import.meta.dirname, '../../../packages/cli/dist/flagctl/flagctl.js');

/** Throws as an import of what is not built does. */
export function checkBuilt() {
  if (existsSync(PROGRAM)) return;
  throw Object.assign(new Error(`Cannot find module '${PROGRAM}'`), { code: 'ERR_MODULE_NOT_FOUND' });
}

/** An empty folder to run in: home and working folder, with nothing of this machine in them. */
export function ground() {
  const folder = mkdtempSync(path.join(tmpdir(), 'flagwright-bench-cli-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

const environment = (folder, more) => ({ PATH: process.env.PATH, HOME: folder, LANG: 'C.UTF-8', ...more });

/**
 * Runs a whole process, from when it is started until it has ended: how long that took and how much of the processor it
 * used, in ns. Throws unless it ends with `code` (0) and says `says`.
 */
export function timed(argv, { folder, says, code = 0, env }) {
  const before = childTime();
  const began = performance.now();
  const { status, stdout, stderr, error } = spawnSync(process.execPath, argv, {
    cwd: folder,
    env: environment(folder, env),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
    timeout: 120_000,
  });
  const value = (performance.now() - began) * 1e6;
  check(argv, { status, stdout, stderr, error, says, code });
  return { value, cpu: childTime() - before };
}

function check(argv, { status, stdout, stderr, error, says, code }) {
  if (error !== undefined) throw error;
  if (status === code && (says === undefined || says.test(stdout))) return;
  const what = argv.map((arg) => path.basename(arg)).join(' ');
  throw new Error(`${what}: ended with ${status}, and said ${(stdout + stderr).slice(0, 500)}`);
}

/** What processes that this one started and that have ended have used, in ns. */
function childTime() {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[13]) + Number(fields[14])) * 1e7;
  } catch {
    return Number.NaN;
  }
}

/** The command line of `flagctl`. */
export const flagctl = (...args) => [PROGRAM, ...args];
