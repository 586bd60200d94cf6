import type { Command } from '../grammar/command.ts';
import { STAGE_OF_REQUESTS } from '../grammar/global-options.ts';
import { KINDS } from '../nouns/noun.ts';

/** `flagctl describe`. */
export const command: Command = {
  name: 'describe',
  usage: ['<resource> <id> [options]'],
  summary: 'show all about a resource',
  description: [
    'Shows a resource with what belongs to it. A project: its stages and how they are protected. A stage: the projects that are linked to it. A flag: its variants, what it does in each stage with its targeting, what it requires and what requires it, its last changes, and how often it is evaluated.',
    "A stage definition: what the stage serves, with what the flag's own definition adds. A context attribute: the stage definitions that use it. A change request: what it asks for, whom that would move, its conflicts, and who decided.",
    'What the token may not see is left out. With -o json and yaml all that was read is one object.',
  ],
  kinds: KINDS,
  args: [{ name: 'id' }],
  options: [STAGE_OF_REQUESTS],
  examples: [
    { title: 'a flag, in all its stages', line: 'flagctl describe ff new-checkout --project my-app' },
    {
      title: 'what production serves of it',
      line: 'flagctl describe ffs new-checkout --project my-app --stage production',
    },
    { title: 'whom a change request would move', line: 'flagctl describe cr cr-123' },
    { title: 'a project with its stages, for another program', line: 'flagctl describe project my-app -o json' },
  ],
  exits: { 4: 'it is not there' },
  async run(call) {
    const { describe } = await import('../reading/describe.ts');
    return await describe(call);
  },
};
