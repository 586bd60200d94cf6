import type { Command } from '../grammar/command.ts';
import { COMMENT, STAGE_OF_REQUESTS } from '../grammar/global-options.ts';
import { KINDS } from '../nouns/noun.ts';

/** `flagctl edit`. */
export const command: Command = {
  name: 'edit',
  usage: ['<resource> <id> [options]'],
  summary: 'change a resource in an editor',
  description: [
    'Opens a resource as YAML, and saves what you have made of it. The editor is the one that FLAGCTL_EDITOR names, else VISUAL, else EDITOR, else, on a terminal, vi or nano; the variable may hold arguments, as EDITOR="code --wait".',
    'Nothing is saved if you change nothing, or delete all of it. What is not valid is opened again, with what is wrong on top of it. The kind and the metadata cannot be changed.',
    'Somebody else may have changed the resource meanwhile: then nothing is saved, what they have changed is shown, and your text is kept in a file that is named (exit code 6). It is kept, too, whenever else it could not be saved. The file has the version that the edit began with, so that `apply --use-version` saves it only over that. Where a stage takes changes by change request only, the command that asks for the change is shown.',
    'With --dry-run the difference is shown once the server has nothing against it, and nothing is saved.',
    'A stage definition (ffs) that is not there yet is made. A change request (cr) can be edited until it is decided upon.',
  ],
  kinds: KINDS,
  args: [{ name: 'id' }],
  options: [
    STAGE_OF_REQUESTS,
    { name: 'format', value: 'format', choices: ['yaml', 'json'], summary: 'how it is written', otherwise: 'yaml' },
    {
      name: 'force',
      summary: 'override protection, and of stage definitions the version, where the token may; kept in the history',
      kinds: ['Project', 'Stage', 'ProjectStage', 'FeatureFlag', 'FeatureFlagStage', 'Context', 'Template'],
    },
    COMMENT,
  ],
  examples: [
    { title: 'a feature flag', line: 'flagctl edit ff new-checkout --project my-app' },
    { title: 'what it does in production', line: 'flagctl edit ffs new-checkout --project my-app --stage production' },
    { title: 'as JSON, in another editor', line: "EDITOR='code --wait' flagctl edit project my-app --format json" },
    {
      title: 'see what the server says to it, and save nothing',
      line: 'flagctl edit ff new-checkout --project my-app --dry-run',
    },
  ],
  exits: {
    1: 'there is no editor, it failed, or it took the file away',
    6: 'it was changed meanwhile, or is protected; the edit is kept in a file',
    7: 'the edit is not valid, and was kept in a file',
    130: 'the editor was interrupted; what was edited is kept in a file',
  },
  async run(call) {
    const { edit } = await import('../editing/edit.ts');
    return await edit(call);
  },
};
