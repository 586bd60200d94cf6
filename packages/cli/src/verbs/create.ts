import type { Command } from '../grammar/command.ts';
import { COMMENT, STAGE_OF_REQUESTS } from '../grammar/global-options.ts';
import type { Kind } from '../nouns/noun.ts';

const FLAGS: readonly Kind[] = ['FeatureFlag'];
const DECIDED: readonly Kind[] = ['FeatureFlag', 'FeatureFlagStage', 'ChangeRequest'];
const REQUESTS: readonly Kind[] = ['ChangeRequest'];
const IN_STAGES: readonly Kind[] = ['FeatureFlagStage', 'ChangeRequest'];
const NAMED: readonly Kind[] = ['Project', 'Stage', 'FeatureFlag', 'Context'];

/** `flagctl create`. */
export const command: Command = {
  name: 'create',
  usage: ['<resource> [<id>] [options]', '[<resource>] -f <file> [options]'],
  summary: 'create a resource',
  description: [
    'Creates a resource that is not there yet: of options, of files, or, a feature flag, of a template. What is there already is left alone (exit code 6); apply creates or changes.',
    'Ids of projects, stages and templates are small letters, digits, and hyphens within, up to 63 characters; those of feature flags and context attributes may have capitals, _ and . too, up to 200. Without an id, the server makes one of --name; without --name, that is the id. Change requests are numbered.',
    'Files hold manifests, several in one divided by ---. Where a manifest does not say to which project and stage it belongs, --project and --stage say so, else the context; where it says another one than these options, that is an error. They may be templates, as for apply. All manifests are checked before the first is created. One that is refused does not keep the others from being created.',
    'A stage definition (ffs) is what a feature flag does in one stage. A change request (cr) asks for a change of one: only what is said is changed, and whom it would move is told at once.',
    'With --dry-run all is checked, what would be made is shown, and nothing is.',
    'A value of --targeting or --variants that begins with @ is the name of a file that holds it; @- is the standard input.',
  ],
  kinds: ['Project', 'Stage', 'Context', 'Template', 'FeatureFlag', 'FeatureFlagStage', 'ChangeRequest'],
  instead: { ProjectStage: "A stage is linked by 'flagctl link stage <id> --project <id>'" },
  options: [
    {
      name: 'filename',
      short: 'f',
      value: 'file',
      many: true,
      summary: 'manifests: a file, a folder, or - for the standard input',
      complete: 'file',
    },
    { name: 'set', value: 'name=value', many: true, summary: 'with -f: what {{ .name }} stands for, as in apply' },
    STAGE_OF_REQUESTS,
    { name: 'name', value: 'text', summary: 'a display name', otherwise: 'the id', kinds: NAMED },
    { name: 'description', value: 'text', summary: 'what it is for', kinds: NAMED },
    {
      name: 'owner',
      value: 'who',
      many: true,
      summary: 'who answers for it; a feature flag has one owner',
      kinds: ['Project', 'Stage', 'FeatureFlag'],
    },
    {
      name: 'type',
      value: 'type',
      choices: ['BOOLEAN', 'STRING', 'NUMBER', 'INTEGER', 'OBJECT', 'VERSION'],
      summary: 'of a feature flag: all but VERSION; of a context attribute: STRING, NUMBER, BOOLEAN or VERSION',
      otherwise: 'that of the variants',
      kinds: ['FeatureFlag', 'Context'],
    },
    {
      name: 'variants',
      value: 'json',
      summary: 'the values to choose from: {"name": value}, or [{"name": …, "value": …}]',
      otherwise: 'of BOOLEAN: off and on',
      kinds: FLAGS,
    },
    {
      name: 'enabled',
      value: 'true|false',
      choices: ['true', 'false'],
      summary: 'whether it decides; of a feature flag: where a stage does not say',
      kinds: DECIDED,
    },
    {
      name: 'default-variant',
      value: 'name',
      summary: 'what is served when nothing else decides',
      otherwise: 'the default in the code of the application',
      kinds: DECIDED,
      complete: 'variant',
    },
    {
      name: 'off-variant',
      value: 'name',
      summary: 'what is served while the flag is off',
      otherwise: 'the default in the code of the application',
      kinds: IN_STAGES,
      complete: 'variant',
    },
    {
      name: 'targeting',
      value: 'json',
      summary: 'JSON Logic that yields the name of a variant; null in a change request takes it away',
      kinds: IN_STAGES,
    },
    { name: 'tag', value: 'word', many: true, summary: 'a word to find the flag by', kinds: FLAGS },
    { name: 'template', value: 'id', summary: 'make it of a template, with its stage definitions', kinds: FLAGS },
    { name: 'feature-flag', value: 'id', summary: 'what the request is about', kinds: REQUESTS, complete: 'flag' },
    {
      name: 'apply-at',
      value: 'time',
      summary: 'when to apply it, once it is approved: 2026-01-31T12:00:00Z',
      otherwise: 'at once',
      kinds: REQUESTS,
    },
    COMMENT,
  ],
  examples: [
    {
      title: 'a project, and a context attribute that its targeting uses',
      line: 'flagctl create project my-app --name "My Application" --owner user@example.com\nflagctl create context user-tier --project my-app --type STRING --description "User subscription tier"',
    },
    {
      title: 'a feature flag; its type is told by its variants',
      line: `flagctl create ff new-checkout --project my-app --name "New Checkout Flow" \\\n  --variants '{"on":true,"off":false}'`,
    },
    {
      title: 'what it does in a stage',
      line: `flagctl create ffs new-checkout --project my-app --stage dev --enabled=true --default-variant=on`,
    },
    {
      title: 'ask for a change of production',
      line: 'flagctl create cr --project my-app --feature-flag new-checkout --stage production \\\n  --enabled=true --default-variant=on --comment "Enabling for production launch"',
    },
    { title: 'all manifests of a file, checked only', line: 'flagctl create -f flags.yaml --project my-app --dry-run' },
  ],
  exits: {
    6: 'it is there already, or does not go with what is there',
    7: 'a manifest, a value or targeting is not valid',
    130: 'interrupted; of several, the one under way is waited for until it is interrupted again',
  },
  async run(call) {
    const { create } = await import('../changing/create.ts');
    return await create(
      call,
      command.options!.map(({ name }) => name),
    );
  },
};
