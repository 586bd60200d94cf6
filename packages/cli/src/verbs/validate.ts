import type { Command } from '../grammar/command.ts';

/** `flagctl validate`. */
export const command: Command = {
  name: 'validate',
  usage: ['[<file>…] [-f <file>…] [options]', 'feature-flag -f <file>… [options]', 'targeting -f <file> [options]'],
  summary: 'check files, targeting, or a flag',
  description: [
    'Checks files without a server: manifests, flag documents (native or of flagd), and files of tests (*.test.yaml). Every issue is shown in a line with file, line and column, what is wrong, what was expected, and what to do. Within targeting that is written as text, the line is that of the file.',
    'Manifests are checked by their form, and flags as each of their stages would serve them, with the context attributes among the files. Flag documents that are named together are one set of flags, as an application would read them, so a flag may require one of another file; a file holds one of them. Manifests may be several in a file. A file that is named twice is read once. One that cannot be read is told of as one that is not valid, and the others are checked.',
    'With the name of a resource, as feature-flag, the files must hold one. validate targeting checks JSON Logic by itself: a file of JSON or YAML, the standard input, or --targeting. Which variants and attributes there are is not known then; --remote with --project and --flag asks the server.',
    'A warning says that something is used, and probably not as meant; it is no error, unless --strict makes it one. Comparisons of $flagd.flagKey with a share, as {"<": [{"var": "$flagd.flagKey"}, 0.25]}, are read as a share of users; the warning shows the fractional that says the same.',
    'To find what is valid and yet of no use, as rules that are never reached, see flagctl lint.',
  ],
  args: [{ name: 'file', optional: true, many: true, complete: 'file' }],
  options: [
    {
      name: 'filename',
      short: 'f',
      value: 'file',
      many: true,
      summary: 'a file or a folder to check; - is the standard input',
      complete: 'file',
    },
    { name: 'recursive', short: 'R', summary: 'read folders within folders, too' },
    { name: 'set', value: 'name=value', many: true, summary: 'what {{ .name }} stands for, as in apply' },
    { name: 'targeting', value: 'json', summary: 'with targeting: the JSON Logic itself' },
    {
      name: 'flag',
      value: 'flag',
      summary: 'with targeting and --remote: whose variants it may yield',
      complete: 'flag',
    },
    { name: 'strict', summary: 'warnings are errors' },
    { name: 'remote', summary: 'ask the server, too: by the flags and attributes that a project has there' },
    {
      name: 'sarif',
      value: 'file',
      summary: 'write the issues as SARIF to a file, too; - is the standard output',
      complete: 'file',
    },
    {
      name: 'junit',
      value: 'file',
      summary: 'write the issues as JUnit XML to a file, too; - is the standard output',
      complete: 'file',
    },
  ],
  examples: [
    { title: 'a flag, before it is applied', line: 'flagctl validate feature-flag -f flag.yaml' },
    { title: 'targeting', line: 'flagctl validate targeting -f targeting.json' },
    {
      title: 'targeting, as it is typed',
      line: `flagctl validate targeting --targeting '{"if": [{"==": [{"var": "country"}, "DE"]}, "on", null]}'`,
    },
    {
      title: 'all files of a repository, in CI',
      line: 'flagctl validate -f flags/ --recursive --strict --sarif flags.sarif',
    },
    { title: 'by what the server has', line: 'flagctl validate feature-flag -f flag.yaml --remote --project my-app' },
    { title: 'for programs', line: "flagctl validate features.yaml -o json | jq '.issues[].message'" },
  ],
  exits: {
    0: 'all is valid; there may be warnings',
    4: 'there is no such file, and nothing else is wrong',
    7: 'something is not valid or cannot be read, or with --strict doubtful',
  },
  async run(call) {
    const { validate } = await import('../validating/validate.ts');
    return await validate(call);
  },
};
