import type { Command } from '../grammar/command.ts';

/** `flagctl lint`. */
export const command: Command = {
  name: 'lint',
  usage: ['<file>… [options]', '-f <file>… [options]', '--project <id> [--stage <id>] [options]', '--rules'],
  summary: 'find what is doubtful in flags',
  description: [
    'Looks for what is right by the format and probably not as meant: rules that nobody reaches, clauses that never or always hold, branches of targeting that are never taken, weights that nearly add up, misspelt attributes, prerequisites that are never met, segments, evaluators and variants that nothing uses, and flags past their metadata.until. What is wrong, and what loading warns of, is told with it.',
    'Files are flag documents, native or of flagd, one in a file, or manifests, of which each stage is looked at. A file that cannot be read or parsed is a problem as others are, and the others are looked at. Without files the stage of a project is fetched from the server, or all stages the project is linked to; places are paths then.',
    'What is told is true as far as the document goes: a rule is called unreachable only if no context can reach it. Where that takes an attribute to be no list, or leaves only contexts without a targeting key, the message says so.',
    'Each problem is a line with its place, severity, rule and path, and mostly a hint. -o json has all of it as items, -o sarif is SARIF 2.1.0 for code hosts, -o junit is XML for build servers, in which warnings are cases that passed, unless they fail the command. --sarif and --junit write the same to a file, beside what is shown, but never over one that is looked at; - is the standard output, which then holds nothing else.',
    'What belongs to a flag in all its stages, as a variant that is never served, is told only if it is so in every stage that is looked at, and not where --stage picks one.',
    'A rule can be switched by --enable, --disable and --severity, and in YAML by comments, with the names of rules, or none for all:',
    '  # flagctl-lint-disable <rule>…             in the whole file',
    '  # flagctl-lint-disable-next-line <rule>…   in the next line that is no comment',
    '  # flagctl-lint-disable-line <rule>…        in its own line',
    'After the names -- and why may follow; a name that is none of a rule is told. What looks like a comment within a value, as in a description, is none. Errors of loading cannot be switched off.',
  ],
  args: [{ name: 'file', optional: true, many: true, complete: 'file' }],
  options: [
    {
      name: 'filename',
      short: 'f',
      value: 'file',
      many: true,
      summary: 'a file or a folder to look at; - is the standard input',
      complete: 'file',
    },
    { name: 'recursive', short: 'R', summary: 'read folders within folders, too' },
    { name: 'set', value: 'name=value', many: true, summary: 'what {{ .name }} of files stands for, as in apply' },
    {
      name: 'output',
      short: 'o',
      value: 'format',
      choices: ['table', 'json', 'sarif', 'junit'],
      summary: 'how problems are shown',
      otherwise: 'table',
      env: 'FLAGCTL_OUTPUT',
    },
    { name: 'strict', summary: 'warnings fail the command as errors do' },
    { name: 'max-warnings', value: 'n', summary: 'more warnings than so many fail the command' },
    { name: 'enable', value: 'rule', many: true, summary: 'look for this, too: rules, with commas between them' },
    { name: 'disable', value: 'rule', many: true, summary: 'do not look for this: rules, with commas between them' },
    {
      name: 'severity',
      value: 'rule=level',
      many: true,
      summary: 'how grave a rule is: error, warning or off',
    },
    { name: 'pedantic', summary: 'look for all there is' },
    { name: 'sarif', value: 'file', summary: 'write the problems to a file, as SARIF 2.1.0', complete: 'file' },
    { name: 'junit', value: 'file', summary: 'write the problems to a file, as XML of JUnit', complete: 'file' },
    { name: 'rules', summary: 'tell all rules, and what they are about' },
  ],
  examples: [
    { title: 'a file', line: 'flagctl lint features.yaml' },
    {
      title: 'in continuous integration, with a report for the code host',
      line: 'flagctl lint flags/ --strict --sarif lint.sarif',
    },
    { title: 'flags without an owner are errors', line: 'flagctl lint features.yaml --severity no-owner=error' },
    { title: 'a stage as the server has it', line: 'flagctl lint --project shop --stage production' },
    {
      title: 'only the codes, by how often they were found',
      line: "flagctl lint features.yaml -o json | jq -r '.items[].code' | sort | uniq -c",
    },
    { title: 'what there is to find', line: 'flagctl lint --rules' },
  ],
  exits: {
    0: 'no errors',
    4: 'there is no such file, and nothing else is wrong; or no such project or stage',
    7: 'there are errors, among them what cannot be read in a folder; or warnings, with --strict or beyond --max-warnings',
  },
  async run(call) {
    const { runLint } = await import('../lint/command.ts');
    return await runLint(call);
  },
};
