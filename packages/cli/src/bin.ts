#!/usr/bin/env node
import { homedir } from 'node:os';
import { flagctl } from './index.ts';

// a full disk, or a reader that has gone, must not end a server
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

let interruption: AbortController | undefined;

process.exitCode = await flagctl(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  get home() {
    return homedir();
  },
  out: (text) =>
    new Promise((resolve, reject) => {
      process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    }),
  err: (text) => void process.stderr.write(text),
  log: process.stderr,
  async input() {
    const { textOfStream } = await import('./terminal/input.ts');
    return textOfStream(process.stdin);
  },
  async *stream(signal) {
    const { addAbortSignal } = await import('node:stream');
    yield* addAbortSignal(signal, process.stdin);
  },
  terminal: {
    in: process.stdin.isTTY === true,
    out: process.stdout.isTTY === true,
    err: process.stderr.isTTY === true,
    columns: process.stdout.columns ?? 80,
  },
  async ask(question) {
    const { askOn } = await import('./terminal/ask.ts');
    return askOn(process.stdin, process.stderr, question);
  },
  async askSecret(question) {
    const { askSecretOn } = await import('./terminal/ask-secret.ts');
    return askSecretOn(process.stdin, process.stderr, question);
  },
  async run(program, args) {
    const { runProgram } = await import('./terminal/run.ts');
    return runProgram(program, args);
  },
  now: Date.now,
  interrupted() {
    if (interruption !== undefined) return interruption.signal;
    const controller = new AbortController();
    interruption = controller;
    const signals = ['SIGINT', 'SIGTERM'] as const;
    const first = (): void => {
      // the second one, of either kind, ends it at once
      for (const signal of signals) process.off(signal, first);
      controller.abort();
    };
    for (const signal of signals) process.on(signal, first);
    return controller.signal;
  },
});
