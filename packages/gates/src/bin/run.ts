import { FlagError } from '@flagwright/core';
import { checkCommand } from './check.ts';
import { type Command, type Outcome, parseOptions, UsageError } from './command.ts';
import { compareCommand } from './compare.ts';
import { docsCommand } from './docs.ts';
import { listCommand } from './list.ts';
import { snapshotCommand } from './snapshot.ts';

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [listCommand, docsCommand, checkCommand, snapshotCommand, compareCommand].map((command) => [command.name, command]),
);

const HELP = `Usage: flagwright-gates <command> -r <file> [options]

Lists, documents and checks the feature gates of a program. The file is a module that exports them: what
defineGates returned, as "gates" or by the name given with --export.

Commands:
${[...COMMANDS.values()].map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join('\n')}

"flagwright-gates <command> --help" tells of its options.
Ends with 0 if all is well, 1 if something was found, 2 if it could not be done.
`;

/** Runs one command line, and says what is to be printed. Never rejects. */
export async function runCommand(argv: readonly string[]): Promise<Outcome> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    return name === undefined ? { code: 2, out: '', err: HELP } : { code: 0, out: HELP, err: '' };
  }
  const command = COMMANDS.get(name);
  if (command === undefined) {
    const known = [...COMMANDS.keys()].join(', ');
    return failed(
      2,
      `there is no command ${JSON.stringify(name)}; expected one of ${known}`,
      'flagwright-gates --help',
    );
  }
  try {
    const options = parseOptions(command, rest);
    if (options.values.help === true) return { code: 0, out: helpOf(command), err: '' };
    return await command.run(options);
  } catch (thrown) {
    if (thrown instanceof UsageError) return failed(2, thrown.message, `flagwright-gates ${name} --help`);
    const { code, message } = FlagError.from(thrown);
    return failed(code === 'CONFLICT' ? 1 : 2, message);
  }
}

function failed(code: number, message: string, help?: string): Outcome {
  const hint = help === undefined ? '' : `Try "${help}".\n`;
  return { code, out: '', err: `flagwright-gates: ${message}\n${hint}` };
}

function helpOf({ name, usage, summary, options }: Command): string {
  const lines = Object.entries(options).map(([option, { short, value, help }]) => {
    const flag = `${short === undefined ? '    ' : `-${short}, `}--${option}${value === undefined ? '' : ` <${value}>`}`;
    return `  ${flag.padEnd(28)}${help}`;
  });
  return `Usage: flagwright-gates ${name} ${usage}\n\n${summary}\n\nOptions:\n${lines.join('\n')}\n`;
}
