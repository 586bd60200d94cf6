import process from 'node:process';
import { parseArgs } from 'node:util';
import { FlagError } from '@flagwright/core';
import { loadGates } from '@flagwright/gates/load';
import { declareGates } from './features.js';
import { programOf } from './program.js';

// A command line with gates: set by command line, environment and a file, and only then is the tree of commands built.

const options = { config: { type: 'string' }, 'show-gated': { type: 'boolean' } } as const;
const { values } = parseArgs({ options, strict: false, allowPositionals: true });

try {
  const file = typeof values.config === 'string' ? values.config : undefined;
  const { gates, rest } = await loadGates(declareGates(), { file });
  await programOf(gates, { showGated: values['show-gated'] === true }).parseAsync(rest, { from: 'user' });
} catch (thrown) {
  if (!(thrown instanceof FlagError)) throw thrown;
  console.error(`error: ${thrown.message}`);
  process.exitCode = 1;
}
