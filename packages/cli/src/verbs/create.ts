import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl create`. */
export const command: Command = {
  name: 'create',
  usage: ['[options]'],
  summary: 'create a resource',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
