import type { Command, Option } from '../grammar/command.ts';
import { COMMENT, STAGE_OF_REQUESTS } from '../grammar/global-options.ts';
import type { Kind } from '../nouns/noun.ts';

const NAMED: readonly Kind[] = ['Project', 'Stage', 'FeatureFlag', 'Context', 'Template'];
const DECIDED: readonly Kind[] = ['FeatureFlag', 'FeatureFlagStage', 'ChangeRequest'];
const IN_STAGES: readonly Kind[] = ['FeatureFlagStage', 'ChangeRequest'];
const BOOLEAN = { value: 'true|false', choices: ['true', 'false'] };

/** What says a member of the resource. */
const MEMBERS: readonly Option[] = [
  {
    name: 'enabled',
    ...BOOLEAN,
    summary: 'whether it decides; of a feature flag: where a stage does not say',
    kinds: DECIDED,
  },
  {
    name: 'default-variant',
    value: 'name',
    summary: 'what is served when nothing else decides',
    kinds: DECIDED,
    complete: 'variant',
  },
  {
    name: 'off-variant',
    value: 'name',
    summary: 'what is served while the flag is off',
    kinds: DECIDED,
    complete: 'variant',
  },
  {
    name: 'targeting',
    value: 'json',
    summary: 'JSON Logic that yields the name of a variant, instead of what is there; @<file>; or null for none',
    kinds: IN_STAGES,
  },
  {
    name: 'clear-targeting',
    summary: 'no targeting, so that the default variant is served to everybody',
    kinds: IN_STAGES,
  },
  { name: 'archived', ...BOOLEAN, summary: 'whether it is kept for its history only', kinds: ['FeatureFlag'] },
  { name: 'name', value: 'text', summary: 'a display name', kinds: NAMED },
  { name: 'description', value: 'text', summary: 'what it is for', kinds: NAMED },
  {
    name: 'owner',
    value: 'who',
    many: true,
    summary: 'who answers for it, instead of who did; a feature flag has one owner',
    kinds: ['Project', 'Stage', 'FeatureFlag'],
  },
  {
    name: 'tag',
    value: 'word',
    many: true,
    summary: 'a word to find the flag by; all of them, instead of those that are there',
    kinds: ['FeatureFlag'],
  },
  {
    name: 'type',
    value: 'type',
    choices: ['STRING', 'NUMBER', 'BOOLEAN', 'VERSION'],
    summary: 'the type of its values',
    kinds: ['Context'],
  },
  {
    name: 'require-change-request',
    ...BOOLEAN,
    summary: 'whether what the stage serves is changed by change requests only',
    kinds: ['ProjectStage'],
  },
  {
    name: 'require-second-approver',
    ...BOOLEAN,
    summary: 'whether who asked for a change may not apply it',
    kinds: ['ProjectStage'],
  },
  { name: 'apply-at', value: 'time', summary: 'when to apply it, once it is approved', kinds: ['ChangeRequest'] },
];

/** `flagctl patch`. */
export const command: Command = {
  name: 'patch',
  usage: ['<resource> <id> [options]', "<resource> <id> -p '<merge patch>'"],
  summary: 'change some of a stage definition, a flag or another resource',
  description: [
    'Changes what is said, and leaves the rest of a resource as it is. A stage definition that is not there yet is made, if the stage is linked to the project.',
    'Targeting goes before the default variant: who is to serve one variant to everybody says --clear-targeting beside --default-variant. --targeting replaces the targeting that is there as a whole.',
    '-p takes a merge patch of the spec as JSON (RFC 7396): null takes a member out, maps are merged, all else replaces, and so does targeting, which is one expression. A value of -p or --targeting that begins with @ is the name of a file that holds it; @- is the standard input.',
    'Where a stage takes changes by change request only, a change is refused (exit code 6), and the command that asks for it is shown; it can be run as it is, and goes to the same server. --force is for emergencies: approvers may go past the protection, and the history remembers it. What is not valid is refused in any case.',
    'With --dry-run nothing is changed, and the difference is shown.',
    'Of a change request, --comment is its comment, too; what it proposes is changed, and an approval is taken back.',
  ],
  kinds: [
    'Project',
    'Stage',
    'ProjectStage',
    'Context',
    'Template',
    'FeatureFlag',
    'FeatureFlagStage',
    'ChangeRequest',
  ],
  args: [{ name: 'id' }],
  options: [
    ...MEMBERS,
    STAGE_OF_REQUESTS,
    { name: 'patch', short: 'p', value: 'json', summary: 'a merge patch of the spec' },
    COMMENT,
    { name: 'force', summary: 'past a protection, and past the check that a flag to archive is active nowhere' },
  ],
  examples: [
    {
      title: 'switch a flag off in production, at once',
      line: 'flagctl patch ffs new-checkout --project my-app --stage production --enabled=false --force --comment "INC-7"',
    },
    {
      title: 'serve it to a quarter of all users',
      line: `flagctl patch ffs new-checkout --project my-app --stage production --enabled=true \\\n  --targeting '{"fractional": [["on", 25], ["off", 75]]}'`,
    },
    {
      title: 'to everybody',
      line: 'flagctl patch ffs new-checkout --project my-app --stage production --default-variant=on --clear-targeting',
    },
    {
      title: 'let production take changes by change request only, which somebody else applies',
      line: 'flagctl patch ps production --project my-app --require-change-request=true --require-second-approver=true',
    },
    { title: 'archive a flag', line: 'flagctl patch ff new-checkout --project my-app --archived=true' },
    {
      title: 'take a member out',
      line: `flagctl patch ff new-checkout --project my-app -p '{"defaultVariant": null}'`,
    },
  ],
  exits: {
    6: 'the stage is protected, or the flag is archived, or active where it is to be archived',
    7: 'a value or targeting is not valid',
  },
  async run(call) {
    const { patch } = await import('../changing/patch.ts');
    return await patch(
      call,
      MEMBERS.map(({ name }) => name),
    );
  },
};
