import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl apply`. */
export const command: Command = {
  name: 'apply',
  usage: ['[options]'],
  summary: 'make resources what files say; or approve a change request',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
