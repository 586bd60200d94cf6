import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl reject`. */
export const command: Command = {
  name: 'reject',
  usage: ['[options]'],
  summary: 'reject a change request',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
