import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl delete`. */
export const command: Command = {
  name: 'delete',
  usage: ['[options]'],
  summary: 'delete resources',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
