import type { Command } from '../grammar/command.ts';
import { COMMENT, STAGE_OF_DEFINITIONS } from '../grammar/global-options.ts';

/** `flagctl rollback`. */
export const command: Command = {
  name: 'rollback',
  usage: ['<resource> <id> [--to-version <version>] [options]'],
  summary: 'make a resource what it was',
  description: [
    "Makes a resource what it was after a version, and shows first what that changes. That is a new change: it is checked, and refused where a stage is protected, as any other. 'flagctl history' lists the versions.",
    'Without --to-version it goes back to the version before the current one, after a question. What was deleted comes back; what was deleted along with it has a history of its own.',
    'What somebody else changes in between is not undone unseen: that is a version conflict (exit code 6).',
  ],
  kinds: ['Project', 'Stage', 'ProjectStage', 'Context', 'FeatureFlag', 'FeatureFlagStage'],
  instead: {
    ChangeRequest: 'What a change request has changed is rolled back: say feature-flag-stage',
    Template: "Apply the template as it was: 'flagctl history template <id> -o yaml' has it",
  },
  args: [{ name: 'id' }],
  options: [
    {
      name: 'to-version',
      value: 'version',
      summary: 'what it is to be again: as it was after that version',
      otherwise: 'the one before the current, after a question',
    },
    { name: 'to', value: 'version', summary: 'the same' },
    STAGE_OF_DEFINITIONS,
    COMMENT,
    { name: 'yes', short: 'y', summary: 'ask nothing' },
    { name: 'force', summary: 'past a protection, as an approver; ask nothing' },
  ],
  examples: [
    {
      title: 'undo the last change of a flag in production',
      line: 'flagctl rollback ffs new-checkout --project my-app --stage production',
    },
    {
      title: 'what a rollback would change',
      line: 'flagctl rollback ffs new-checkout --project my-app --stage production --to-version 14 --dry-run',
    },
    {
      title: 'in an emergency',
      line: 'flagctl rollback ffs new-checkout --project my-app --stage production --force --comment "INC-7"',
    },
    { title: 'bring back a flag that was deleted', line: 'flagctl rollback ff new-checkout --project my-app --yes' },
  ],
  exits: {
    1: 'whoever was asked said no',
    2: 'nobody can be asked',
    4: 'there is no such resource, or no such version of it',
    6: 'there is no earlier version, the stage is protected, or somebody else has changed it meanwhile',
  },
  async run(call) {
    const { rollback } = await import('../changing/rollback.ts');
    return await rollback(call);
  },
};
