import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl audit`. */
export const command: Command = {
  name: 'audit',
  usage: ['[options]'],
  summary: 'show what was done to everything',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
