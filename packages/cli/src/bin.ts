#!/usr/bin/env node
import { flagctl } from './index.ts';

process.exitCode = await flagctl(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  ended: () =>
    new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        // the second one ends it at once
        process.once(signal, () => resolve());
      }
    }),
});
