import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl patch`. */
export const command: Command = {
  name: 'patch',
  usage: ['[options]'],
  summary: 'change some of a stage definition, a flag or another resource',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
