import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { ensure } from '../src/install.ts';

/** Whether a promise is still undecided after 300 ms. */
export function pending(promise: Promise<unknown>): Promise<boolean> {
  const decided = promise.then(
    () => false,
    () => false,
  );
  return Promise.race([decided, sleep(300, true)]);
}

/** The folders of the servers that this process has, or that a failure has left behind. */
export function ownFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => new RegExp(`^flagwright-\\w+-${process.pid}-`).test(name));
}

/** A raw connection to 127.0.0.1 that keeps what it receives. */
export interface Client {
  readonly socket: Socket;
  readonly received: string;
  /** Whether the other side has closed the connection. */
  readonly closed: boolean;
}

/** Connect to a port of 127.0.0.1. Rejects if that is refused. */
export function client(port: number): Promise<Client> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const state = { socket, received: '', closed: false };
    socket.setEncoding('latin1').on('data', (text: string) => {
      state.received += text;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      state.closed = true;
    });
    socket.on('connect', () => resolve(state));
  });
}

/** A session of `psql` that stays until it leaves, or until the test is over. */
export interface Visitor {
  /** Run a statement that answers one line. */
  ask(sql: string): Promise<string>;
  leave(): Promise<void>;
}

/** Start a session of `psql`; it connects at once. */
export async function visitor(url: string): Promise<Visitor> {
  const { psql } = await ensure('postgres');
  const child = spawn(psql, [url, '-Atq'], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface(child.stdout);
  return {
    async ask(sql) {
      child.stdin.write(`${sql};\n`);
      const [line] = await once(lines, 'line');
      return line;
    },
    async leave() {
      const gone = once(child, 'exit');
      child.stdin.end();
      await gone;
    },
  };
}
