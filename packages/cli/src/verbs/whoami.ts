import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl whoami`. */
export const command: Command = {
  name: 'whoami',
  usage: ['[options]'],
  summary: 'show whose token is used, and what it may do',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
