import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl history`. */
export const command: Command = {
  name: 'history',
  usage: ['[options]'],
  summary: 'show what was done to a resource, and by whom',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
