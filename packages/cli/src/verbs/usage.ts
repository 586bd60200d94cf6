import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl usage`. */
export const command: Command = {
  name: 'usage',
  usage: ['[options]'],
  summary: 'show how often flags are evaluated, and which are stale',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
