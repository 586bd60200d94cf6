import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl unlink`. */
export const command: Command = {
  name: 'unlink',
  usage: ['[options]'],
  summary: 'unlink a stage from a project',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
