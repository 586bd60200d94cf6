import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl rollback`. */
export const command: Command = {
  name: 'rollback',
  usage: ['[options]'],
  summary: 'make a resource what it was',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
