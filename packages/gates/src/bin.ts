#!/usr/bin/env node
import { runCommand } from './bin/run.ts';

const { code, out, err } = await runCommand(process.argv.slice(2));
// whoever reads may have enough, as `head` has
process.stdout.on('error', () => process.exit(code));
process.stderr.write(err);
// the registry may have left something open, which must keep nobody waiting
process.stdout.write(out, () => process.exit(code));
