import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl edit`. */
export const command: Command = {
  name: 'edit',
  usage: ['[options]'],
  summary: 'change a resource in an editor',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
