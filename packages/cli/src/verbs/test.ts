import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl test`. */
export const command: Command = {
  name: 'test',
  usage: ['[options]'],
  summary: 'run tables of expectations against flags',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
