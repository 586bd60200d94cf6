import type { Command } from '../grammar/command.ts';
import { COMMENT, PROJECT_AND_STAGE } from '../grammar/global-options.ts';

const BOOLEAN = { value: 'true|false', choices: ['true', 'false'] };

/** `flagctl link`. */
export const command: Command = {
  name: 'link',
  usage: ['stage <id> --project <id> [options]', 'stage --stage <id> --project <id> [options]'],
  summary: 'link a stage to a project',
  description: [
    'From then on the stage serves what the project has for it: the definitions that were made for it before, too. They are checked first; if one is not valid, the stage is not linked.',
    'What is linked already stays so, with its protection, unless an option says otherwise. The link itself is the resource project-stage (ps): see patch, rollback and history.',
  ],
  kinds: ['Stage'],
  instead: { ProjectStage: "Say 'flagctl link stage <id>'" },
  args: [{ name: 'id', optional: true, complete: 'stage' }],
  options: [
    ...PROJECT_AND_STAGE,
    {
      name: 'require-change-request',
      ...BOOLEAN,
      summary: 'whether what the stage serves is changed by change requests only',
      otherwise: 'false',
    },
    {
      name: 'require-second-approver',
      ...BOOLEAN,
      summary: 'whether who asked for a change may not apply it',
      otherwise: 'false',
    },
    COMMENT,
  ],
  examples: [
    { title: 'link a stage', line: 'flagctl link stage dev --project my-app' },
    {
      title: 'link production, which takes changes by change request only',
      line: 'flagctl link stage production --project my-app --require-change-request=true',
    },
    {
      title: 'three stages',
      line: 'for stage in dev staging production; do flagctl link stage $stage --project my-app; done',
    },
  ],
  exits: {
    4: 'there is no such project or stage',
    7: 'a definition that was kept for the stage is not valid any more',
  },
  async run(call) {
    const { link } = await import('../changing/link.ts');
    return await link(call);
  },
};
