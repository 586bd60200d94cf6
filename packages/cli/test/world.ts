import { homedir } from 'node:os';
import { flagctl } from '../src/index.ts';
import type { World } from '../src/world.ts';

/** What a command line said, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command line's surroundings in a test: nothing of the machine, unless it is put in. */
export interface Surroundings extends Partial<World> {
  /** What the standard input holds. */
  readonly stdin?: string;
  /** What is typed at questions, one after the other. */
  readonly answers?: readonly string[];
  /** Called with all that was said so far, as to end a command that runs on. */
  readonly heard?: (said: { readonly out: string; readonly err: string }) => void;
}

/** Runs a command line that ends by itself, or when `interrupted` says so. */
export async function ran(args: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  const { stdin = '', answers = [], heard, ...more } = surroundings;
  const said = { out: '', err: '' };
  const left = [...answers];
  const world: World = {
    env: {},
    cwd: process.cwd(),
    home: homedir(),
    out: (text) => {
      said.out += text;
      heard?.(said);
    },
    err: (text) => {
      said.err += text;
      heard?.(said);
    },
    input: async () => stdin,
    terminal: { in: false, out: false, err: false, columns: 100 },
    ask: async (question) => {
      said.err += question;
      return left.shift();
    },
    run: async () => 1,
    now: Date.now,
    interrupted: () => new AbortController().signal,
    ...more,
  };
  const code = await flagctl(args, world);
  return { code, ...said };
}
