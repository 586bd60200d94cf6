import type { Command } from '../grammar/command.ts';

const CHANGE = [
  {
    name: 'after',
    value: 'file',
    many: true,
    summary: 'the flags after the change: another version of the files',
    complete: 'file',
  },
  { name: 'percentage', value: 'percent', summary: 'serve what the flag decides to that share of users' },
  { name: 'weights', value: 'weights', summary: 'other weights, as on=25,off=75' },
  {
    name: 'rule',
    value: 'id',
    summary: 'the rule that --percentage or --weights are for',
    otherwise: 'the only rule with a share for --percentage, else what is served when no rule decides',
  },
  { name: 'enabled', value: 'boolean', choices: ['true', 'false'], summary: 'switch the flag on or off' },
  { name: 'default-variant', value: 'variant', summary: 'another default variant', complete: 'variant' },
  { name: 'targeting', value: 'json', summary: 'other JSON Logic; @file reads it from a file' },
  { name: 'clear-targeting', summary: 'without JSON Logic' },
] as const;

const SIMULATE: Command = {
  name: 'simulate',
  usage: [
    '<flag> -f <file> [--after <file> | --percentage <percent> | …] [--contexts <file> | --generate <attributes>]',
    '<flag> --project <id> --stage <id> [--percentage <percent> | …]',
  ],
  summary: 'count who is served what now and after a change, and who moves',
  description: [
    'Evaluates a flag for many contexts as it is and, if a change is given, as it would be: the share of each variant, who moves from which to which, and whether anybody loses what they had. Nothing is changed. With -f no server is needed; without, the flag is fetched from the server.',
    'The change is another version of the files (--after), or is made on the command line. --percentage 25 gives the variant that is not the default to 25 % of users: by the percentage of a rule, the rollout of a rule, or a split of all for whom no rule decides. --weights on=25,off=75 says the share of each variant, with fractions, too. --rule says which rule is meant. Shares within JSON Logic are changed by --targeting, with the whole expression.',
    'Contexts are read from a file: JSON Lines and CSV as a stream, however many there are, lists of JSON and YAML as a whole. The targeting key is targetingKey, key, or the attribute that --key names. The columns of CSV are text, but those that are declared otherwise, or that the flag compares with numbers or booleans; --types says it better. An empty cell is an attribute that is not there. A line that cannot be read ends it, with its place; --skip-invalid counts such lines and goes on. What --key, --types and --by name has to be there: it is an error if no context has it.',
    'Without a file, contexts are made, the same for the same seed. --generate says how, attribute by attribute, separated by commas:',
    [
      '  targetingKey=uuid              a key for each; there by default',
      '  country=DE:70|FR:30            one of these, with weights; DE|FR: evenly',
      '  age=18..90  score=0.0..1.0     whole numbers; numbers with fractions',
      '  since=2026-01-01..2026-06-30   times',
      '  beta=true:10|missing:90        a boolean for one in ten, for the others nothing',
      '  groups=["a";"b"]               a list',
      '  city="Paris, France"           text with commas and the like, in quotes',
      '  "a,b"=x                        names with commas and the like, too',
    ].join('\n'),
    'Without --generate, too, they are made of what the flag asks for, now and after the change: each value that it compares an attribute with, what is next to it on either side (numbers, times, versions, addresses at the ends of a block, text with more before or after it), and another one; the keys that it lists; some without the attribute, and one in ten without what a split hashes. That finds most of those who can move, but not all, and says nothing of how many: the shares of real users are other ones. Where none of them moves although something differs that the definitions do not tell exactly, others may: it says so. --max-moved counts these contexts as it does others, and promises nothing of your users: give --contexts.',
    'Shares of contexts that are made are subject to chance, and are shown with where the true share is, 95 times out of 100. What the definitions themselves tell of the change is exact, and follows "In words"; what else differs that the flag depends on is named there, and what that does is in the numbers alone.',
    'Somebody loses what they had if they had a variant and do not have it any more. Being off, or false, is nothing to lose. The default is, where it gives way to what is served while the flag is off or to the default of the caller, or is another one after the change; where others grow at its cost, none of those who move "had anything but the default".',
    'What a context is served is counted by the name of the variant, or as <code default> where the flag leaves it to the caller; <code default: GENERAL> is the same for an error.',
  ],
  args: [{ name: 'flag', complete: 'flag' }],
  options: [
    {
      name: 'filename',
      short: 'f',
      value: 'file',
      many: true,
      summary: 'the flags: a file, a folder, or - for the standard input',
      otherwise: 'those of the server',
      complete: 'file',
    },
    { name: 'recursive', short: 'R', summary: 'folders within folders, too, of -f and of --after' },
    ...CHANGE,
    {
      name: 'contexts',
      value: 'file',
      summary: 'the contexts: JSON Lines, CSV with a header, a list of JSON or YAML, or - for the standard input',
      complete: 'file',
    },
    { name: 'key', value: 'attribute', summary: 'the attribute of these that is the targeting key' },
    {
      name: 'types',
      value: 'types',
      many: true,
      summary: 'what columns of CSV are: age=number,beta=boolean; also text, list (a|b) and json',
    },
    { name: 'skip-invalid', summary: 'leave out contexts that cannot be read, and count them' },
    { name: 'generate', value: 'attributes', many: true, summary: 'make contexts: country=DE:70|FR:30,age=18..90' },
    { name: 'count', value: 'number', summary: 'how many to make', otherwise: '10000' },
    { name: 'seed', value: 'text', summary: 'contexts of another seed are others', otherwise: '1' },
    { name: 'by', value: 'attribute', summary: 'tell the same for each of its ten most frequent values' },
    {
      name: 'moved-to-file',
      value: 'file',
      summary:
        'write those who move to a file, as JSON Lines of from, to and context; none of those that are read; - is the standard output, for them alone',
      complete: 'file',
    },
    {
      name: 'max-moved',
      value: 'percent',
      summary: 'end with 1 if more than so many of the contexts move, or if of some that is not known',
    },
    {
      name: 'output',
      short: 'o',
      value: 'format',
      choices: ['table', 'json', 'yaml'],
      summary: 'how results are shown',
      otherwise: 'table',
      env: 'FLAGCTL_OUTPUT',
    },
  ],
  examples: [
    {
      title: 'who is served what, of contexts that are made of what the flag asks for',
      line: 'flagctl rollout simulate new-checkout -f features.yaml',
    },
    {
      title: 'what a share of 25 % would do to your users',
      line: 'flagctl rollout simulate new-checkout -f features.yaml --percentage 25 --contexts users.csv --key id',
    },
    {
      title: 'a file as it is on the main branch, and as it was edited',
      line: 'git show main:features.yaml | flagctl rollout simulate new-checkout -f - --after features.yaml',
    },
    {
      title: 'a guard in CI: at most 5 % of users may be served something else',
      line: 'flagctl rollout simulate new-checkout -f main.yaml --after features.yaml --contexts users.jsonl --max-moved 5%',
    },
    {
      title: 'a million users, country by country',
      line: "flagctl rollout simulate new-checkout -f features.yaml --rule early --percentage 50 \\\n  --generate 'country=DE:70|FR:30,plan=free:90|pro:10' --count 1000000 --by country",
    },
    {
      title: 'a flag of a server, and those who would lose it',
      line: 'flagctl rollout simulate new-checkout --project my-app --stage production --enabled false --contexts users.jsonl --moved-to-file losing.jsonl',
    },
  ],
  exits: {
    1: 'more move than --max-moved allows, or that is not known, for some have no answer or no key for a split; or something went wrong',
    130: 'interrupted; what was counted until then is shown',
  },
  async run(call) {
    const { simulate } = await import('../simulate/simulate.ts');
    return await simulate(call);
  },
};

/** `flagctl rollout`. */
export const command: Command = {
  name: 'rollout',
  usage: ['simulate <flag> [options]'],
  summary: 'simulate what a change of a rollout does to whom',
  description: ['Tells what a change of a flag does to users before it is made.'],
  commands: [SIMULATE],
};
