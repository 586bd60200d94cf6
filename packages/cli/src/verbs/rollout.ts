import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Command } from '../grammar/command.ts';

/** `flagctl rollout`. */
export const command: Command = {
  name: 'rollout',
  usage: ['[options]'],
  summary: 'simulate what a change of a rollout does to whom',
  async run() {
    throw new CommandError(EXIT.failed, 'not there yet');
  },
};
