import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl get`. */
export const command: Command = {
  name: 'get',
  usage: ['[options]'],
  summary: 'list resources, or show one',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
