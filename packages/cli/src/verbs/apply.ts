import type { Command } from '../grammar/command.ts';
import { COMMENT } from '../grammar/global-options.ts';

/** `flagctl apply`. */
export const command: Command = {
  name: 'apply',
  usage: ['-f <file>… [options]', 'cr <id> [options]'],
  summary: 'make resources what files say; or approve a change request',
  description: [
    'Makes resources what the manifests of files say: creates what is not there, replaces what is, and leaves alone what is the same already. Nothing is deleted. Files are YAML or JSON; they may hold several documents (---; of JSON one after another, as `jq -c` prints them, in *.json, *.jsonl and the standard input), lists as `get -o yaml` prints them, or arrays. A folder stands for its *.yaml, *.yml and *.json files.',
    'First all of it is read and checked; if anything is wrong, all that is wrong is told with its place, and nothing is sent. Numbers that JSON has not (.inf, .nan) are wrong, and so are values of INTEGER flags beyond 2^53, which are not exact, and texts that cannot be stored (NUL, half of a surrogate pair); of other numbers whose digits change it warns. Then it is sent in an order that works: projects, stages, links, context attributes, templates, feature flags (those that others require first), stage definitions, change requests. What the server refuses does not keep the others from being applied, except those that need it: what is in a project, a stage definition whose flag was refused, or an attribute that it reads, and what requires a flag that was. These are not tried, whether an older one is there or not. With --atomic nothing is applied if anything is refused.',
    '--project and --stage fill in what manifests leave out, and are an error where these say otherwise; so does the context of the configuration, whose word counts less than theirs.',
    'With --set, manifests are templates: {{ .name }} is what --set name=value says, {{ .name | default "text" }} has a value of its own. Where one is a whole value it becomes what YAML reads there (true is a boolean, 1 a number, but 01 and 1.10 stay text); within a text, in quotes or in a block, it is text and cannot end it. {{ "{{" }} stands for {{ itself. Without --set nothing is filled in, defaults neither, and a placeholder is an error, for it may be a text that looks so: --set name= has the default of {{ .name | default "text" }}. The text itself is written in double quotes, with {\\u007b for {{; so it is written by `get`, `export` and all others that print manifests, and never filled in.',
    'What the server writes itself (version, modificationInfo, status) is ignored in files, so what `get` and `export` print can be applied, and changes nothing. With --use-version the version counts, and a resource that has another one by now is a conflict.',
    'A variant cannot be taken away, or get another name, while stages name it: apply the flag with both variants, then stage definitions that name the new one, then the flag without the old one.',
    'With --dry-run the server checks everything and changes nothing; what would change is shown as the difference of YAML.',
    '`apply cr <id>` approves a change request and applies it, as `approve` does; `apply -f` with the manifest of one that has its id changes what it asks for. One without an id is refused, since each run would ask for another one: `create -f` asks for it.',
  ],
  args: [
    { name: 'resource', optional: true },
    { name: 'id', optional: true, complete: 'request' },
  ],
  options: [
    {
      name: 'filename',
      short: 'f',
      value: 'file',
      many: true,
      summary: 'a file, a folder, or - for the standard input',
      complete: 'file',
    },
    { name: 'recursive', short: 'R', summary: 'folders within folders, too' },
    {
      name: 'set',
      value: 'name=value',
      many: true,
      summary: 'what {{ .name }} stands for; without any, nothing is filled in',
    },
    { name: 'atomic', summary: 'all or nothing; at most 1,000 manifests' },
    {
      name: 'force',
      summary: 'override protection, and of stage definitions the version, where the token may; kept in the history',
    },
    { name: 'use-version', summary: 'the version in a manifest must be the one that is there' },
    COMMENT,
    { name: 'yes', short: 'y', summary: 'ask nothing, as it does anyway; scripts may say so' },
    { name: 'dry-run', summary: 'let the server check everything, show what would change, and change nothing' },
  ],
  examples: [
    { title: 'a file', line: 'flagctl apply -f flag.yaml' },
    { title: 'see first what would change', line: 'flagctl apply -f flags/ --recursive --dry-run' },
    {
      title: 'from the standard input',
      line: 'flagctl apply -f - <<EOF\napiVersion: feature-flag/v0.3\nkind: FeatureFlagStage\nmetadata: { featureFlagId: new-feature, project: my-app, stage: dev }\nspec: { enabled: true, defaultVariant: on }\nEOF',
    },
    {
      title: 'one file for several stages',
      line: 'for stage in dev staging production; do\n  flagctl apply -f flag-config.yaml --stage $stage\ndone',
    },
    { title: 'a template', line: 'flagctl apply -f flag-config.yaml --set stage=dev --set enabled=true' },
    { title: 'approve a change request', line: 'flagctl apply cr cr-123 --comment "Approved by SRE team"' },
  ],
  exits: {
    1: 'the server has not answered, or not for all manifests',
    4: 'a file, or something that a manifest belongs to, is not there',
    6: 'a conflict: another version, a protected stage, in use',
    7: 'a manifest is not valid, here or by what the server knows',
    130: 'interrupted; what is under way is waited for until it is interrupted again, and what was done is told',
  },
  async run(call) {
    const { apply } = await import('../applying/apply.ts');
    return await apply(call);
  },
};
