import { CommandError, EXIT } from '../errors/command-error.ts';
import { toldOf } from '../errors/tell.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { outputOf } from '../output/output.ts';

/** Files and server differ. */
const DIFFERENT = 1;

/** `flagctl diff`. Resolves to 0 if nothing differs, 1 if something does; what fails has another code. */
export async function diff(call: Call): Promise<number> {
  try {
    return await compared(call);
  } catch (thrown) {
    if ((thrown as { readonly code?: unknown } | null)?.code === 'EPIPE') throw thrown;
    const { exit, message, hints } = await toldOf(thrown, call);
    if (exit !== EXIT.failed) throw thrown;
    // 1 says that they differ
    throw new CommandError(EXIT.usage, message, hints);
  }
}

async function compared(call: Call): Promise<number> {
  if (call.has('effect') && outputOf(call) === 'name')
    throw new UsageError('-o name shows names alone, and --effect says more', ['Leave one of them out']);
  const [files, others, stages] = ['filename', 'with', 'stages'].map((name) => call.has(name));
  if (stages) {
    if (files || others) throw new UsageError('--stages compares stages of the server, and takes no files');
    const { diffStages } = await import('./stages.ts');
    return (await diffStages(call)) > 0 ? DIFFERENT : EXIT.ok;
  }
  const [word] = call.args;
  if (word !== undefined) {
    throw new UsageError(`diff takes files; it has ${JSON.stringify(word)}`, [
      'Say -f <file>, or --stages for flags of the server',
    ]);
  }
  if (!files) throw new UsageError('diff: what? Say -f <file>, or --stages dev,production');
  if (others) {
    const { diffFiles } = await import('./with-files.ts');
    return (await diffFiles(call)) > 0 ? DIFFERENT : EXIT.ok;
  }
  const { diffServer } = await import('./with-server.ts');
  const { differing, refused } = await diffServer(call);
  if (refused !== EXIT.ok) return refused === EXIT.failed ? EXIT.usage : refused;
  return differing > 0 ? DIFFERENT : EXIT.ok;
}
