import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl version`. */
export const command: Command = {
  name: 'version',
  usage: ['[options]'],
  summary: 'show the version',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
