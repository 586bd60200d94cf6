import type { Command } from '../grammar/command.ts';

/** `flagctl test`. */
export const command: Command = {
  name: 'test',
  usage: ['[<file>…] [options]'],
  summary: 'run tables of expectations against flags',
  description: [
    'Runs unit tests of flags, without a server. A file of tests says which flags it is about, and for contexts what is expected:',
    `  files: [features.yaml]            # beside this file; flag documents, or manifests
  project: shop                     # of manifests: which project and stage
  stage: production
  defaults: { context: { country: DE } }
  tests:
    - name: premium users get it
      flag: new-checkout
      context: { targetingKey: u1, user-tier: premium }
      expect: on                    # a variant by its name
    - flag: theme
      table:                        # many at once
        - [{ country: DE }, blue]
        - { name: abroad, context: { country: FR }, expect: { variant: red, rule: abroad } }
    - flag: new-checkout            # a rollout, over contexts that differ in targetingKey
      share: { contexts: 10000, expect: { on: 10%, off: 90% }, within: 1% }`,
    'expect is the name of a variant (text), a value (a number, true or false), or a map of what must hold: variant; value; reason, a word of OpenFeature or of the evaluator; rule, the id of a rule, or targeting; codeDefault: true, if the flag leaves it to the code; error, as FLAG_NOT_FOUND.',
    'A test has one of expect, table and share. context goes over that of defaults, and that of a row over both. project, stage and at, a time as 2026-01-31T12:00:00Z, may be said for the file or for a test. share may vary another attribute than targetingKey: vary: company. within is how far each share may be off, 1% unless it is said, at most 50%. A share of a variant that the flag does not have fails, whatever it is.',
    'Without a file, all *.test.yaml, *.test.yml and *.test.json in the working folder and below it are run; a folder stands for all in it. Each failure is shown with what was expected, what came, and why. Members that are not known are errors, and so is a file without tests. A file that is not valid, or whose flags cannot be read, is told of and fails the command, in the report, too; the others run.',
    '--coverage lists what no test reached: flags without tests, rules that never decided, variants that were never served.',
  ],
  args: [{ name: 'file', optional: true, many: true, complete: 'file' }],
  options: [
    {
      name: 'filename',
      short: 'f',
      value: 'file',
      many: true,
      summary: 'the flags to test: a file or a folder, instead of the files that the tests name',
      complete: 'file',
    },
    { name: 'recursive', short: 'R', summary: 'folders of flags: those within them, too' },
    { name: 'filter', value: 'text', summary: 'run only the tests with this in their file, name or flag' },
    {
      name: 'output',
      short: 'o',
      value: 'format',
      choices: ['table', 'wide', 'json', 'yaml', 'name', 'junit'],
      summary: 'how results are shown; junit: as build servers read them',
      otherwise: 'table',
      env: 'FLAGCTL_OUTPUT',
    },
    {
      name: 'junit',
      value: 'file',
      summary: 'write the results as JUnit XML to a file, too; - is the standard output',
      complete: 'file',
    },
    { name: 'coverage', summary: 'list the flags, rules and variants that no test reached' },
  ],
  examples: [
    { title: 'one file', line: 'flagctl test flags.test.yaml' },
    { title: 'all in a folder, with what they do not reach', line: 'flagctl test flags/ --coverage' },
    {
      title: 'the same tests, of flags as a stage has them in manifests',
      line: 'flagctl test flags.test.yaml -f manifests/ --project shop --stage production',
    },
    { title: 'those of one flag', line: 'flagctl test --filter new-checkout' },
    { title: 'for a build server', line: 'flagctl test --plain --junit reports/flags.xml' },
  ],
  exits: {
    0: 'all tests passed',
    1: 'a test failed',
    4: 'there is no such file, of tests or of flags, or no test that the filter lets through',
    7: 'a file is not valid, or holds no tests',
  },
  async run(call) {
    const { test } = await import('../testing/test.ts');
    return await test(call);
  },
};
