import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl close`. */
export const command: Command = {
  name: 'close',
  usage: ['[options]'],
  summary: 'close a change request: the same as reject',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
