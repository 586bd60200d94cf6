import type { Command } from '../grammar/command.ts';
import { COMMENT } from '../grammar/global-options.ts';

/** `flagctl import`. */
export const command: Command = {
  name: 'import',
  usage: ['<file>… [options]'],
  summary: 'bring the flags of a file into a project',
  description: [
    'Brings the flags of a flag document, in our own dialect or that of flagd, to a server: for each flag the feature flag, and what it does in one stage; for each declared attribute a context attribute. The project must be there, and be linked to the stage, or nothing is done.',
    'What is served must stay the same, so each flag is evaluated as the file has it and as the server would, for some hundred contexts that are made of what it asks for. A flag that would serve something else is not imported, and neither is one that depends on what a server has no place for: segments, overrides, a flag that is not imported. Each is told, with its place and the reason, and the exit code is 7; the others are imported.',
    'What other flags and other stages serve must stay the same, too. A flag that is there already is compared in all linked stages, and so are the flags of the project that need it, directly or not; if one of them would serve something else, it is not imported, and told what, for whom, and in which stage. To change them all the same, apply what --dry-run prints. And the type of an attribute that the project has is never changed, an attribute is not made a VERSION if stored flags compare it, and flags are compared with the attributes that the project then has.',
    'Shared expressions ($evaluators) are written out where they are referred to. A default that is no variant becomes one, at the end. A feature flag that is there already keeps what the file says nothing of.',
    'With --dry-run the manifests are printed, no server is asked, and nothing is changed; `apply` takes them. What the project has is not known then, so attributes, flags and stages that are there are not looked at. Texts that look like templates are written so that `apply` leaves them as they are.',
  ],
  args: [{ name: 'file', many: true, complete: 'file' }],
  options: [
    { name: 'filename', short: 'f', value: 'file', many: true, summary: 'the same as an argument', complete: 'file' },
    { name: 'recursive', short: 'R', summary: 'folders within folders, too' },
    { name: 'atomic', summary: 'all or nothing of what is sent; at most 1,000 manifests' },
    { name: 'force', summary: 'override protection, where the token may; kept in the history' },
    COMMENT,
    { name: 'dry-run', summary: 'print manifests instead, for apply' },
  ],
  examples: [
    { title: 'a flag file', line: 'flagctl import features.yaml --project my-app --stage production' },
    { title: 'see what it would become', line: 'flagctl import features.yaml --project my-app --stage dev --dry-run' },
    {
      title: 'the flags of a flagd server',
      line: 'flagctl import demo.flagd.json --project my-app --stage staging --comment "from flagd"',
    },
  ],
  exits: {
    4: 'the file, the project or the link to the stage is not there',
    7: 'a file is not valid, or flags could not be imported as they are',
    130: 'interrupted; what is under way is waited for until it is interrupted again, and what was done is told',
  },
  async run(call) {
    const { importFlags } = await import('../importing/import.ts');
    return await importFlags(call);
  },
};
