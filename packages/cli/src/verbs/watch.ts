import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl watch`. */
export const command: Command = {
  name: 'watch',
  usage: ['[options]'],
  summary: 'show changes of resources as they happen',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
