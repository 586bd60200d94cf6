import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl completion`. */
export const command: Command = {
  name: 'completion',
  usage: ['[options]'],
  summary: 'write the completion of a shell',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
