import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl validate`. */
export const command: Command = {
  name: 'validate',
  usage: ['[options]'],
  summary: 'check files, targeting, or a flag',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
