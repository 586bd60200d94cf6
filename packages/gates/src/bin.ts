#!/usr/bin/env node
import { runCommand } from './bin/run.ts';

const { code, out, err } = await runCommand(process.argv.slice(2));
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // whoever reads may have enough, as `head` has
  if (error.code === 'EPIPE') process.exit(code);
  process.stderr.write(`flagwright-gates: what was found cannot be written: ${error.message}\n`, () => process.exit(2));
});
process.stderr.write(err);
// the registry may have left something open, which must keep nobody waiting
process.stdout.write(out, (error) => error ?? process.exit(code));
