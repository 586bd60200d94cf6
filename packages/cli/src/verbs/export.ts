import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl export`. */
export const command: Command = {
  name: 'export',
  usage: ['[options]'],
  summary: 'write all of a project to a file',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
