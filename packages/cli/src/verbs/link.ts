import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl link`. */
export const command: Command = {
  name: 'link',
  usage: ['[options]'],
  summary: 'link a stage to a project',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
