import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl describe`. */
export const command: Command = {
  name: 'describe',
  usage: ['[options]'],
  summary: 'show all about a resource',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
