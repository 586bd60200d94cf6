import { type ChildProcess, fork } from 'node:child_process';
import process from 'node:process';
import { type Heard, now, type Start } from './node-messages.js';

/** A node that runs. */
export interface Node {
  readonly name: string;
  readonly file: string;
  /** What it told last. */
  readonly heard: Heard;
  stop(): Promise<void>;
}

/** How long after something was done each node, and the last of the files, said so; in ms. */
export interface Times {
  readonly nodes: readonly (number | undefined)[];
  readonly files: number | undefined;
}

/** How long to wait for the nodes to agree, in ms. */
const PATIENCE = Number(process.env.EXAMPLE_PATIENCE ?? 15_000);

interface Running extends Node {
  heard: Heard;
  hear: (() => void) | undefined;
}

/** Starts a node, and waits until it has its gates. */
export async function startNode(start: Start): Promise<Node> {
  const child: ChildProcess = fork(new URL('node.js', import.meta.url), [JSON.stringify(start)]);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const first = await new Promise<Heard>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Heard));
    child.once('exit', (code) => reject(new Error(`${start.name} ended with code ${code}`)));
  });
  const node: Running = {
    name: start.name,
    file: start.file,
    heard: first,
    hear: undefined,
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
  child.on('message', (message) => {
    node.heard = message as Heard;
    node.hear?.();
  });
  return node;
}

/**
 * Does something, and measures until the gate is so on every node and in every file; undefined in a file is unset. Gives
 * up after a while.
 */
export async function timed(
  nodes: readonly Node[],
  act: () => Promise<unknown>,
  gate: string,
  enabled: boolean,
  inFile: boolean | undefined,
): Promise<Times> {
  const began = now();
  const seen: { node?: number; file?: number }[] = nodes.map(() => ({}));
  const done = new Promise<void>((resolve) => {
    const look = (): void => {
      nodes.forEach(({ heard }, i) => {
        const times = seen[i]!;
        if (heard.at < began) return;
        if (heard.gates[gate] === enabled) times.node ??= heard.at - began;
        if (heard.file[gate] === inFile) times.file ??= heard.at - began;
      });
      if (seen.every(({ node, file }) => node !== undefined && file !== undefined)) resolve();
    };
    for (const node of nodes) (node as Running).hear = look;
  });
  await act();
  await Promise.race([done, new Promise((resolve) => setTimeout(resolve, PATIENCE).unref())]);
  const files = seen.map(({ file }) => file ?? Number.NaN);
  return {
    nodes: seen.map(({ node }) => node),
    files: files.some(Number.isNaN) ? undefined : Math.max(...files),
  };
}
