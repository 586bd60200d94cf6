import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl config`. */
export const command: Command = {
  name: 'config',
  usage: ['[options]'],
  summary: 'contexts and tokens',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
