import type { Command } from '../grammar/command.ts';
import { COMMENT } from '../grammar/global-options.ts';

const MEMBERS = [
  'enabled',
  'defaultVariant',
  'offVariant',
  'targeting',
  'rules',
  'targets',
  'fallthrough',
  'prerequisites',
  'experiment',
];

/** `flagctl promote`. */
export const command: Command = {
  name: 'promote',
  usage: ['<flag> --from <stage> --to <stage> [options]'],
  summary: 'bring what a flag does in one stage to another',
  description: [
    'Makes the stage definition of a feature flag in one stage that of another, as a whole or some members of it, and tells whom that moves from what to what.',
    'A stage that takes changes by change request only gets one with --as-change-request. With --dry-run nothing is changed, and all is told.',
  ],
  args: [
    { name: 'flag', complete: 'flag' },
    { name: 'id', optional: true },
  ],
  options: [
    { name: 'from', value: 'stage', summary: 'the stage whose definition is taken', complete: 'stage' },
    { name: 'to', value: 'stage', summary: 'the stage that is to have it', complete: 'stage' },
    {
      name: 'only',
      value: 'member',
      many: true,
      choices: MEMBERS,
      summary: 'a member that is taken over',
      otherwise: 'all of them',
    },
    { name: 'as-change-request', summary: 'ask for the change instead of making it' },
    COMMENT,
    { name: 'force', summary: 'past a protection, as an approver' },
  ],
  examples: [
    {
      title: 'whom it would move',
      line: 'flagctl promote new-checkout --project my-app --from staging --to production --dry-run',
    },
    {
      title: 'bring it to production',
      line: 'flagctl promote new-checkout --project my-app --from staging --to production',
    },
    {
      title: 'ask for the targeting only',
      line: 'flagctl promote new-checkout --project my-app --from staging --to production --only targeting --as-change-request',
    },
  ],
  exits: { 4: 'the flag, or its definition in the first stage, is not there', 6: 'the stage is protected' },
  async run(call) {
    const { promote } = await import('../changing/promote.ts');
    return await promote(call);
  },
};
