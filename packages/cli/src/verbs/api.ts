import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl api`. */
export const command: Command = {
  name: 'api',
  usage: ['[options]'],
  summary: 'send a request to the API as it is',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
