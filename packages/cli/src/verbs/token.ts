import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl token`. */
export const command: Command = {
  name: 'token',
  usage: ['[options]'],
  summary: 'make, list and revoke tokens',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
