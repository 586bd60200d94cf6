import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl exec`. */
export const command: Command = {
  name: 'exec',
  usage: ['[options]'],
  summary: 'evaluate a flag, and explain why',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
