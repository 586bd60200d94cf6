import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl approve`. */
export const command: Command = {
  name: 'approve',
  usage: ['[options]'],
  summary: 'approve and apply a change request',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
