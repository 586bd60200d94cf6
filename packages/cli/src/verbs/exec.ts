import type { Command } from '../grammar/command.ts';
import { PROJECT_AND_STAGE } from '../grammar/global-options.ts';

/** `flagctl exec`. */
export const command: Command = {
  name: 'exec',
  usage: [
    'feature-flag <flag> --project <id> --stage <id> [options]',
    'feature-flag <flag> -f <file>… [options]',
    'feature-flag [options]',
  ],
  summary: 'evaluate a flag, and explain why',
  description: [
    'Tells what a flag serves in a stage to a context, as an application would get it: by what the server has at this moment, or with -f by files alone, without a server. Without a flag, all flags of the stage or of the files are evaluated.',
    'Files are flag documents, native or of flagd, or manifests. Several flag documents are one set of flags. Of manifests each stage has a set, and --project and --stage pick one.',
    'Who asks is told by an evaluation context: a map of attributes, among them targetingKey, by which splits are made. It comes from --context or --eval-context, over it --attribute, over that --key. Without one the flag is evaluated for nobody in particular; a file or a standard input that holds nothing is an error, and a context without attributes is {}.',
    '--context has two meanings here. A value that begins with { is an evaluation context, and so is one that begins with @, which names a file, or -, the standard input; any other value is the name of a context of the configuration, and has to be there, with -f as well. --eval-context and --cli-context each have one of them.',
    'The table has the VALUE as JSON, or <code default> where the flag leaves it to the code of the application: it is off, or has no default. REASON is the word of OpenFeature: STATIC, DEFAULT, TARGETING_MATCH, SPLIT, DISABLED, PREREQUISITE_FAILED or ERROR. RULE is the rule that decided, or targeting for JSON Logic. -o json has all details, and -o name the name of the variant only.',
    '--explain tells step by step how it was decided: prerequisites with the flags they need, targets, each rule clause by clause with what was seen, JSON Logic condition by condition, also of what it refers to by $ref, and for splits of either kind, fractional among them, the bucket and its range.',
  ],
  kinds: ['FeatureFlag'],
  args: [{ name: 'flag', optional: true, complete: 'flag' }],
  options: [
    ...PROJECT_AND_STAGE,
    {
      name: 'filename',
      short: 'f',
      value: 'file',
      many: true,
      summary: 'evaluate by a file or a folder, and ask no server; - is the standard input',
      complete: 'file',
    },
    { name: 'recursive', short: 'R', summary: 'folders within folders, too' },
    {
      name: 'context',
      value: 'json|@file|name',
      many: true,
      summary: 'the evaluation context, as {…}, @file, @- or -; else the context of the configuration to use',
      otherwise: 'current-context',
      env: 'FLAGCTL_CONTEXT',
      complete: 'profile',
    },
    { name: 'eval-context', value: 'json|@file', many: true, summary: 'the evaluation context, as {…}, @file or -' },
    {
      name: 'cli-context',
      value: 'name',
      summary: 'the context of the configuration to use',
      otherwise: 'current-context',
      complete: 'profile',
    },
    { name: 'key', short: 'k', value: 'key', summary: 'the targeting key: the user, or whatever splits go by' },
    {
      name: 'attribute',
      short: 'a',
      value: 'name=value',
      many: true,
      summary: 'an attribute of the evaluation context; the value is JSON, or else text',
    },
    { name: 'explain', summary: 'tell step by step how it was decided' },
    { name: 'default', value: 'value', summary: 'the default in the code, to be shown where it is served' },
    {
      name: 'at',
      value: 'time',
      summary: 'evaluate as at a time, for flags that depend on it; with -f only',
      otherwise: 'now',
    },
  ],
  examples: [
    {
      title: 'what production serves, to nobody in particular',
      line: 'flagctl exec ff new-checkout --project my-app --stage production',
    },
    {
      title: 'to somebody',
      line: `flagctl exec ff new-checkout --project my-app --stage production \\
  --context '{"targetingKey":"user-7","user-tier":"premium"}'`,
    },
    {
      title: 'by a file alone, and why',
      line: 'flagctl exec ff new-checkout -f features.yaml -k user-7 -a country=DE --explain',
    },
    {
      title: 'by manifests in a folder',
      line: 'flagctl exec ff new-checkout -f manifests/ --project my-app --stage production -k user-7',
    },
    {
      title: 'all flags of a stage for a context in a file',
      line: 'flagctl exec ff --stage production --eval-context @user.json',
    },
    {
      title: 'the value, for a script',
      line: "flagctl exec ff new-checkout -f features.yaml -k user-7 -o json | jq '.value'",
    },
  ],
  exits: {
    0: 'there is an answer, also that the code default is served',
    4: 'there is no such flag, file or context, or the stage does not serve the flag',
    7: 'a file is not valid or holds no flags, the flag cannot be used, or targeting yields what is no variant',
  },
  async run(call) {
    const { exec } = await import('../executing/exec.ts');
    return await exec(call);
  },
};
