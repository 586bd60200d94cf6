import type { Command } from '../grammar/command.ts';
import { COMMENT, PROJECT_AND_STAGE } from '../grammar/global-options.ts';

/** `flagctl unlink`. */
export const command: Command = {
  name: 'unlink',
  usage: ['stage <id> --project <id> [options]', 'stage --stage <id> --project <id> [options]'],
  summary: 'unlink a stage from a project',
  description: [
    'From then on the stage serves nothing of the project: applications there get the defaults in their code. The stage definitions are kept, and serve again when the stage is linked again.',
    'The protection of the stage (change requests, a second approver) belongs to the link, and goes with it: which options bring it back is told.',
    'Where flags are active in the stage, it is asked first; where nobody can be asked, or with --yes, it is refused (exit code 6) unless --force is given.',
  ],
  kinds: ['Stage'],
  instead: { ProjectStage: "Say 'flagctl unlink stage <id>'" },
  args: [{ name: 'id', optional: true, complete: 'stage' }],
  options: [
    ...PROJECT_AND_STAGE,
    { name: 'yes', short: 'y', summary: 'ask nothing; flags that are active there are still in the way' },
    { name: 'force', summary: 'though flags are active there; ask nothing' },
    COMMENT,
  ],
  examples: [
    { title: 'unlink a stage', line: 'flagctl unlink stage staging --project my-app' },
    { title: 'though flags are active there', line: 'flagctl unlink stage staging --project my-app --force' },
    { title: 'what would be done', line: 'flagctl unlink stage staging --project my-app --dry-run' },
  ],
  exits: { 1: 'whoever was asked said no', 6: 'flags are active there' },
  async run(call) {
    const { unlink } = await import('../changing/link.ts');
    return await unlink(call);
  },
};
