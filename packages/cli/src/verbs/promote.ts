import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl promote`. */
export const command: Command = {
  name: 'promote',
  usage: ['[options]'],
  summary: 'bring what a flag does in one stage to another',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
