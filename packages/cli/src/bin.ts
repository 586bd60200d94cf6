#!/usr/bin/env node
import { flagctl } from './index.ts';

// a full disk, or a reader that has gone, must not end a server
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exitCode = await flagctl(process.argv.slice(2), {
  env: process.env,
  out: (text) =>
    new Promise((resolve, reject) => {
      process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    }),
  err: (text) => void process.stderr.write(text),
  log: process.stderr,
  ended: () =>
    new Promise((resolve) => {
      const signals = ['SIGINT', 'SIGTERM'] as const;
      const first = (): void => {
        // the second one, of either kind, ends it at once
        for (const signal of signals) process.off(signal, first);
        resolve();
      };
      for (const signal of signals) process.on(signal, first);
    }),
});
