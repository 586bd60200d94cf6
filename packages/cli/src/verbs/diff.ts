import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl diff`. */
export const command: Command = {
  name: 'diff',
  usage: ['[options]'],
  summary: 'compare files with the server, or with each other',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
