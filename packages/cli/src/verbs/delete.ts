import type { Command, Option } from '../grammar/command.ts';
import { COMMENT, GLOBAL_OPTIONS, STAGE_OF_DEFINITIONS } from '../grammar/global-options.ts';

/** A stage is one of all projects: whoever names one of them does not mean to delete it. */
const PROJECT: Option = {
  ...GLOBAL_OPTIONS.find(({ name }) => name === 'project')!,
  kinds: ['ProjectStage', 'Context', 'FeatureFlag', 'FeatureFlagStage'],
  instead: { Stage: "To have it serve the project no more: 'flagctl unlink stage <id> --project <id>'" },
};

/** `flagctl delete`. */
export const command: Command = {
  name: 'delete',
  usage: ['<resource> <id>… [options]', '[<resource>] -f <file> [options]'],
  summary: 'delete resources',
  description: [
    'Deletes resources, after a question that tells what goes along: with a feature flag go its stage definitions, with a project all that it holds. The history of what was deleted stays, and rollback brings it back.',
    'Where nobody can be asked, without a terminal or with --plain, nothing is deleted (exit code 2) unless --yes or --force is given. --yes only skips the question. --force also deletes a feature flag that is active, and a project that has flags.',
    'A stage that is linked to a project is never deleted, nor is a flag that others require. A feature flag whose stage definition (ffs) is deleted falls back to its own definition in that stage.',
    'Of several resources, one that cannot be deleted does not keep the others; the exit code is that of the first failure. What files hold is deleted in the reverse of the order in which apply makes it.',
  ],
  kinds: ['Project', 'Stage', 'ProjectStage', 'Context', 'Template', 'FeatureFlag', 'FeatureFlagStage'],
  instead: { ChangeRequest: "A change request is not deleted but closed: 'flagctl close <id>'" },
  args: [{ name: 'id', optional: true, many: true }],
  options: [
    {
      name: 'filename',
      short: 'f',
      value: 'file',
      many: true,
      summary: 'what manifests name: a file, a folder, or - for the standard input',
      complete: 'file',
    },
    { name: 'set', value: 'name=value', many: true, summary: 'with -f: what {{ .name }} stands for, as in apply' },
    STAGE_OF_DEFINITIONS,
    PROJECT,
    { name: 'yes', short: 'y', summary: 'ask nothing' },
    { name: 'force', summary: 'though it is active, has flags, or is protected; ask nothing' },
    { name: 'ignore-not-found', summary: 'what is not there is no failure' },
    COMMENT,
  ],
  examples: [
    { title: 'a feature flag that is active nowhere', line: 'flagctl delete ff new-checkout --project my-app' },
    {
      title: 'though it is active, and without a question',
      line: 'flagctl delete ff new-checkout --project my-app --force --comment "never used"',
    },
    {
      title: 'what a flag does in a stage: there it then does what its own definition says',
      line: 'flagctl delete ffs new-checkout --project my-app --stage dev --yes',
    },
    {
      title: 'all that a file holds, as far as it is there',
      line: 'flagctl delete -f flags.yaml --project my-app --ignore-not-found --yes',
    },
  ],
  exits: {
    1: 'whoever was asked said no',
    2: 'nobody can be asked',
    6: 'it is active, linked, required by others, or protected',
    130: 'interrupted; of several, the one under way is waited for until it is interrupted again',
  },
  async run(call) {
    const { deleteAll } = await import('../changing/delete.ts');
    return await deleteAll(call);
  },
};
