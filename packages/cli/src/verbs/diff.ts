import type { Command } from '../grammar/command.ts';

/** `flagctl diff`. */
export const command: Command = {
  name: 'diff',
  usage: ['-f <file>… [options]', '-f <file>… --with <file>… [options]', '[ff <id>] --stages <from>,<to> [options]'],
  summary: 'compare files with the server, or with each other',
  description: [
    'Shows what `apply` would change: manifests of files against what the server has, as a unified diff of YAML. The server checks them in full, and changes nothing; what it would refuse is told as apply tells it. That takes a token that may write; with one that may only read they are compared with what is there, without the checks of the server, and that is said.',
    'With --with, files are compared with files, and no server is asked: manifests by what they are of, two flag documents flag by flag. How targeting is written, in which order members stand, and what is the server’s own does not count.',
    'With --stages, what two stages of a project serve is compared, of one feature flag or of all.',
    '--effect says in words who would be served something else, flag by flag: by a change of the flag itself, or of what it depends on, as segments, $evaluators, the types of attributes, overrides, and flags that it needs. Of a flag that nothing is said of, nobody is served something else. As JSON or YAML it is a list `effects` beside the `items`.',
    'The shares are exact where the definitions tell them. Where they do not, it says so, and counts who moves of contexts that are made of what the flag asks for on both sides, as rollout simulate does: that finds most of those who can move, but not all, and says nothing of how many of your users do. Where none of those that are made moves, others may: it says so.',
  ],
  args: [
    { name: 'resource', optional: true },
    { name: 'id', optional: true, complete: 'flag' },
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
    {
      name: 'with',
      value: 'file',
      many: true,
      summary: 'what to compare it with',
      otherwise: 'the server',
      complete: 'file',
    },
    { name: 'stages', value: 'from,to', summary: 'two stages of the server to compare' },
    { name: 'recursive', short: 'R', summary: 'folders within folders, too' },
    { name: 'set', value: 'name=value', many: true, summary: 'what {{ .name }} stands for, as in apply' },
    { name: 'effect', summary: 'say in words who would be served something else' },
    { name: 'force', summary: 'check what a protected stage would refuse, too, where the token may override that' },
  ],
  examples: [
    { title: 'what apply would change', line: 'flagctl diff -f flags/' },
    { title: 'and for whom', line: 'flagctl diff -f flag.yaml --project my-app --effect' },
    { title: 'two flag files, without a server', line: 'flagctl diff -f before.yaml --with after.yaml --effect' },
    {
      title: 'a flag in two stages',
      line: 'flagctl diff ff new-checkout --stages staging,production --project my-app',
    },
    { title: 'is the server what the repository says? for CI', line: 'flagctl diff -f flags/ -o name' },
  ],
  exits: {
    0: 'they are the same',
    1: 'they differ',
    2: 'a command line that makes no sense, or what has no code of its own and would be 1 elsewhere: no server, no disk',
  },
  async run(call) {
    const { diff } = await import('../differing/diff.ts');
    return await diff(call);
  },
};
