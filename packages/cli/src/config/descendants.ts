import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

/** How long a list of processes may take, in ms. */
const PATIENCE = 2_000;

/** Ends a process and all that it has started, by force, as far as they can be found. */
export async function endAll(process_: number): Promise<void> {
  const parents = await parentsOf().catch(() => new Map<number, number>());
  const doomed = new Set([process_]);
  // a child may be listed before its parent
  for (let size = 0; size < doomed.size; ) {
    size = doomed.size;
    for (const [child, parent] of parents) if (doomed.has(parent)) doomed.add(child);
  }
  for (const one of doomed) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  }
}

/** All processes with their parents. */
async function parentsOf(): Promise<ReadonlyMap<number, number>> {
  return process.platform === 'linux' ? await ofProc() : await ofPs();
}

async function ofProc(): Promise<ReadonlyMap<number, number>> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
      // the name of the program is in parentheses, and may have some of its own
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [Number(name), Number(parent)] as const;
    }),
  );
  return new Map(found);
}

async function ofPs(): Promise<ReadonlyMap<number, number>> {
  const { promisify } = await import('node:util');
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid='], { timeout: PATIENCE });
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]),
  );
}
