import { CommandError, EXIT } from '../errors/command-error.ts';
import type { World } from '../world.ts';
import { shellWords } from './shell-words.ts';

/** Where an editor is named, the first one first. */
const VARIABLES = ['FLAGCTL_EDITOR', 'VISUAL', 'EDITOR'] as const;

/** What is tried where nobody names one. */
const USUAL = ['vi', 'nano'] as const;

/** The variable that names one. */
const variableOf = ({ env }: World): (typeof VARIABLES)[number] | undefined =>
  VARIABLES.find((name) => (env[name] ?? '').trim() !== '');

/** Whether there can be an editor: those that nobody names are for terminals, and would wait for one for ever. */
export function hasEditor(world: World): boolean {
  return variableOf(world) !== undefined || (world.terminal.in && world.terminal.out);
}

/**
 * Opens a file in the editor of whoever runs it, and waits for it to end. Throws `CommandError` if there is no editor, or it
 * failed.
 */
export async function openEditor(world: World, path: string): Promise<void> {
  const variable = variableOf(world);
  if (variable !== undefined) {
    const [program, ...args] = shellWords(world.env[variable]!, variable);
    if (await ran(world, program!, [...args, path])) return;
    throw new CommandError(EXIT.failed, `there is no editor ${program}, which ${variable} names`, [
      `Set ${variable} to one, as EDITOR='code --wait'`,
    ]);
  }
  for (const program of USUAL) if (await ran(world, program, [path])) return;
  throw new CommandError(EXIT.failed, `there is no editor: neither ${USUAL.join(' nor ')}`, [
    "Set EDITOR to one, as EDITOR='code --wait'",
  ]);
}

/** By SIGINT, and by SIGTERM. */
const INTERRUPTED: ReadonlySet<number> = new Set([128 + 2, 128 + 15]);

/** False if there is no such program. */
async function ran(world: World, program: string, args: readonly string[]): Promise<boolean> {
  let code: number;
  try {
    code = await world.run(program, args);
  } catch (thrown) {
    const why = (thrown as NodeJS.ErrnoException).code;
    if (why === 'ENOENT') return false;
    throw new CommandError(EXIT.failed, `the editor ${program} cannot be started (${why ?? String(thrown)})`);
  }
  if (INTERRUPTED.has(code)) throw new CommandError(EXIT.interrupted, `the editor ${program} was interrupted`);
  if (code !== 0) throw new CommandError(EXIT.failed, `the editor ${program} failed with exit code ${code}`);
  return true;
}
