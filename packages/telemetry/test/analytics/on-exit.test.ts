import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram, type Program } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// Programs with queued events are run as processes of their own, and ended in every way a process ends.

const src = (file: string): string => JSON.stringify(fileURLToPath(new URL(`../../src/${file}`, import.meta.url)));

const PROGRAM = `
import { appendFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { batch } from ${src('analytics/batch.ts')};
import { toJson } from ${src('analytics/json.ts')};
import { fileExporter } from ${src('exporters/file/index.ts')};

const [task, path] = isMainThread ? process.argv.slice(2) : workerData;
export { batch };
export const fileAt = (where) => ({
  name: 'file',
  async export(items) {
    await pause(where.endsWith('2') ? 300 : 5);
    await appendFile(where, items.map((item) => toJson(item) + '\\n').join(''));
  },
});
const file = fileAt(path);
const never = () => new Promise(() => undefined);
const dead = { name: 'dead', export: () => Promise.reject(new Error('no')) };
const hanging = { name: 'hanging', export: never, flush: never, close: never };
const fill = (queue, count = 1_000) => {
  for (let i = 0; i < count; i++) queue.add({ i });
  return queue;
};
const alive = () => setInterval(() => undefined, 1_000);
const ready = () => console.log('ready');
const tasks = {
  signal() {
    fill(batch(file));
    alive();
  },
  'the exporter of files'() {
    fill(batch(fileExporter({ path })));
    alive();
  },
  'two queues and one that hangs'() {
    fill(batch(file));
    fill(batch(hanging, { closeTimeout: 500 }));
    alive();
  },
  'listener before'() {
    process.once('SIGTERM', stop);
    fill(batch(file));
    alive();
  },
  'listener after'() {
    fill(batch(file));
    process.on('SIGTERM', stop);
    alive();
  },
  'its own shutdown'() {
    const slow = { name: 'slow', export: (items) => pause(100).then(() => file.export(items)) };
    const queue = fill(batch(slow));
    process.once('SIGTERM', async () => {
      await pause(150);
      fill(queue, 1);
      await queue.close();
      process.exit(7);
    });
    alive();
  },
  'signal-exit'() {
    // what that package does: it ends the process if only its own listeners are there
    const emitter = { count: 1 };
    globalThis[Symbol.for('signal-exit emitter')] = emitter;
    fill(batch(file));
    const own = () => {
      if (process.listeners('SIGTERM').length !== emitter.count) return;
      process.off('SIGTERM', own);
      console.log('signal-exit');
      process.kill(process.pid, 'SIGTERM');
    };
    process.on('SIGTERM', own);
    alive();
  },
  closed() {
    const queue = fill(batch(file));
    void queue.close().then(ready);
    alive();
    return true;
  },
  'not on exit'() {
    // less than a batch, which would go by itself
    fill(batch(file, { flushOnExit: false }), 100);
    alive();
  },
  hangs() {
    fill(batch(hanging, { closeTimeout: 500 }));
    alive();
  },
  'hangs for long'() {
    fill(batch(hanging, { closeTimeout: 600_000 }));
    alive();
  },
  async 'first process'() {
    const { pid } = process;
    if (pid !== 1) Object.defineProperty(process, 'pid', { value: 1 });
    const queue = batch(file);
    for (const events of [1_000, 1]) {
      fill(queue, events);
      process.kill(pid, 'SIGTERM');
      while (queue.counts().queued > 0) await pause(10);
    }
    console.log('pid', process.pid);
    process.exit(3);
  },
  'refuses all'() {
    const refusing = { name: 'refusing', export: () => Promise.reject(Object.assign(new Error(), { name: 'FlagError', code: 'INVALID_ARGUMENT' })) };
    fill(batch(refusing, { maxBatch: 100 }));
    alive();
  },
  natural() {
    fill(batch(file));
    return true;
  },
  'natural, dead'() {
    fill(batch(dead, { closeTimeout: 500 }));
    return true;
  },
  'natural, hanging'() {
    fill(batch(hanging, { closeTimeout: 500 }));
    return true;
  },
  'natural, again and again'() {
    const queue = batch(file);
    process.on('beforeExit', () => fill(queue, 1));
    return true;
  },
  async 'awaits close'() {
    const queue = fill(batch(hanging, { closeTimeout: 500 }));
    await queue.close();
    console.log('closed', queue.counts().dropped);
    return true;
  },
  worker() {
    if (isMainThread) new Worker(new URL(import.meta.url), { workerData: [task, path] });
    else fill(batch(file));
    return true;
  },
  async 'two copies'() {
    // as if two versions of the package were installed
    const other = await import(import.meta.url + '?copy');
    fill(batch(file));
    fill(other.batch(other.fileAt(path + '2')));
    alive();
  },
};
async function stop() {
  console.log('stopping');
  await pause(300);
  console.log('stopped');
  process.exit(7);
}
if (!import.meta.url.endsWith('?copy') && !(await tasks[task]())) ready();
`;

let program: Program | undefined;
beforeAll(async () => {
  program = await bundleProgram({ text: PROGRAM });
});
afterAll(() => program?.remove());

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly errors: string;
  readonly lines: readonly string[];
  /** The file that the program wrote. */
  readonly path: string;
}

let runs = 0;

/** Runs a task to its end; `act` is called when the program says that it is ready. */
async function run(
  task: string,
  act?: (child: ChildProcess) => void,
  [command, args]: readonly [string, readonly string[]] = ['env', []],
): Promise<End> {
  const path = join(program!.folder, `${runs++}.jsonl`);
  const child = spawn(command, [...args, process.execPath, program!.path, task, path], {
    timeout: 15_000,
    killSignal: 'SIGKILL',
  });
  let [out, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const before = out;
    out += text;
    if (!before.includes('ready') && out.includes('ready')) act?.(child);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  let lines: string[] = [];
  try {
    lines = readFileSync(path, 'utf8').trim().split('\n');
  } catch {
    // nothing was written
  }
  return { code, signal, out, errors, lines, path };
}

/** Makes a process the first one of a container, as far as it sees; where that is not allowed, it pretends to be. */
const UNSHARE = ['unshare', ['--pid', '--fork', '--kill-child']] as const;
const canUnshare = spawnSync(UNSHARE[0], [...UNSHARE[1], 'true']).status === 0;

const everything = Array.from({ length: 1_000 }, (_, i) => JSON.stringify({ i }));

describe.concurrent('a process that is ended by a signal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s sends on what is queued, and dies of it', async (signal) => {
    const end = await run('signal', (child) => child.kill(signal));
    expect(end).toMatchObject({ code: null, signal, errors: '' });
    expect(end.lines).toEqual(everything);
  });

  it('has written and synced what was queued for a file', async () => {
    const end = await run('the exporter of files', (child) => child.kill('SIGTERM'));
    expect(end).toMatchObject({ code: null, signal: 'SIGTERM', errors: '' });
    expect(end.lines).toEqual(everything);
  });

  it('sends on what it can if one exporter hangs', async () => {
    const end = await run('two queues and one that hangs', (child) => child.kill('SIGTERM'));
    expect(end).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(end.lines).toEqual(everything);
    expect(end.errors).toContain('hanging had not taken 1000 events when the process ended; they are lost');
  });

  it.each(['listener before', 'listener after'])('leaves its end to an application with a %s', async (task) => {
    const end = await run(task, (child) => child.kill('SIGTERM'));
    expect(end).toMatchObject({ code: 7, signal: null });
    expect(end.out).toContain('stopped');
    expect(end.lines).toEqual(everything);
  });

  it('takes nothing for lost that comes while an application shuts down by itself', async () => {
    const end = await run('its own shutdown', (child) => child.kill('SIGTERM'));
    expect(end).toMatchObject({ code: 7, signal: null, errors: '' });
    expect(end.lines).toHaveLength(1_001);
  });

  it.each(['closed', 'not on exit'])('dies at once if nothing is open: %s', async (task) => {
    const end = await run(task, (child) => child.kill('SIGTERM'));
    expect(end).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(end.lines).toEqual(task === 'closed' ? everything : []);
  });

  it('dies of it after closeTimeout if the exporter hangs', async () => {
    const end = await run('hangs', (child) => child.kill('SIGTERM'));
    expect(end).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(end.errors).toContain('hanging had not taken 1000 events');
  });

  it('leaves the last word to signal-exit, which waits for it', async () => {
    const end = await run('signal-exit', (child) => child.kill('SIGTERM'));
    expect(end).toMatchObject({ code: null, signal: 'SIGTERM', errors: '', out: 'ready\nsignal-exit\n' });
    expect(end.lines).toEqual(everything);
  });

  it('waits for another copy of the package, too', async () => {
    const end = await run('two copies', (child) => child.kill('SIGTERM'));
    expect(end).toMatchObject({ code: null, signal: 'SIGTERM', errors: '' });
    expect(end.lines).toEqual(everything);
    expect(readFileSync(`${end.path}2`, 'utf8').trim().split('\n')).toEqual(everything);
  });

  it('dies at once of a second one', async () => {
    const end = await run('hangs for long', (child) => {
      child.kill('SIGINT');
      // signals of one kind that come together are one
      setTimeout(() => child.kill('SIGTERM'), 200);
    });
    expect(end).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(end.errors).toContain('hanging had not taken 1000 events when the process ended; they are lost');
  });

  it('says how many events were refused since that was said last', async () => {
    const end = await run('refuses all', (child) => child.kill('SIGTERM'));
    expect(end).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(end.errors).toContain('refused 100 events for good');
    expect(end.errors).toContain('refused 900 more events for good');
  });
});

describe('the first process of a container', () => {
  it('sends on what is queued at each signal, and lives on', async () => {
    const end = await run('first process', undefined, canUnshare ? UNSHARE : undefined);
    expect(end).toMatchObject({ code: 3, signal: null, errors: '', out: 'pid 1\n' });
    expect(end.lines).toEqual([...everything, JSON.stringify({ i: 0 })]);
  });
});

describe.concurrent('a process that has nothing left to do', () => {
  it('sends on what is queued first', async () => {
    const end = await run('natural');
    expect(end).toMatchObject({ code: 0, signal: null, errors: '' });
    expect(end.lines).toEqual(everything);
  });

  it.each(['natural, dead', 'natural, hanging'])('ends all the same: %s', async (task) => {
    const end = await run(task);
    expect(end).toMatchObject({ code: 0, signal: null });
    // the end is put off once
    expect(end.errors.match(/had not taken 1000 events when the process ended; they are lost/g)).toHaveLength(1);
  });

  it('ends even if the application tracks something each time it does', async () => {
    const end = await run('natural, again and again');
    expect(end).toMatchObject({ code: 0, signal: null });
    expect(end.lines).toHaveLength(3);
    expect(end.errors).toContain('had not taken 1 events when the process ended');
  });

  it('is kept alive by whoever awaits close', async () => {
    const end = await run('awaits close');
    expect(end).toMatchObject({ code: 0, signal: null });
    expect(end.out).toContain('closed 1000');
  });

  it('may be a worker thread', async () => {
    const end = await run('worker');
    expect(end).toMatchObject({ code: 0, signal: null, errors: '' });
    expect(end.lines).toEqual(everything);
  });
});
