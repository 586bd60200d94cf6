import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl lint`. */
export const command: Command = {
  name: 'lint',
  usage: ['[options]'],
  summary: 'find what is doubtful in flags',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
