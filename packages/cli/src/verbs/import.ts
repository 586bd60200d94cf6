import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl import`. */
export const command: Command = {
  name: 'import',
  usage: ['[options]'],
  summary: 'bring the flags of a file into a project',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
