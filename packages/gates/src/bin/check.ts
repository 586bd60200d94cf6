import { formatIssue } from '@flagwright/core';
import { checkGates } from '../check/index.ts';
import { escaped, shown } from '../printable.ts';
import { COMMON, type Command, listOption, UsageError, wordOption } from './command.ts';
import { gatesFrom } from './registry.ts';

export const checkCommand: Command = {
  name: 'check',
  usage: '-r <file> <folder or file>...',
  summary: 'hold the sources against the gates: all declared, all used, none overdue',
  options: {
    ...COMMON,
    output: { short: 'o', value: 'form', help: 'text or json (default: text)' },
    used: { value: 'names', multiple: true, help: 'gates that are used where this cannot see it' },
    tests: { help: 'look into tests, too' },
    skip: { value: 'text', multiple: true, help: 'leave out files and folders whose path has this in it' },
    receiver: { value: 'name', multiple: true, help: 'a variable or field that holds gates, besides "gates"' },
    call: { value: 'name', multiple: true, help: 'a function of yours that takes the name of a gate first' },
    property: {
      value: 'name',
      multiple: true,
      help: 'a property that names a gate (default: gate, gateKey, requiredFeatureGates)',
    },
    'feature-base': { value: 'class', multiple: true, help: 'a class that is to be extended with gated(…) only' },
  },
  async run(options) {
    if (options.positionals.length === 0) throw new UsageError('there is nothing to check: name a folder, as src');
    const output = wordOption(options, 'output', ['text', 'json']);
    const skip = listOption(options, 'skip') ?? [];
    const gates = await gatesFrom(options);
    const { issues, unchecked, uses, files } = await checkGates({
      gates,
      roots: options.positionals,
      used: listOption(options, 'used'),
      tests: options.values.tests === true,
      skip: (path) => skip.some((part) => path.includes(part)),
      receivers: listOption(options, 'receiver'),
      calls: listOption(options, 'call'),
      properties: listOption(options, 'property'),
      featureBases: listOption(options, 'feature-base'),
    });
    const errors = issues.filter(({ severity }) => severity === 'error').length;
    const code = errors === 0 ? 0 : 1;
    if (output === 'json') {
      const found = { issues, unchecked, uses: Object.fromEntries(uses), files };
      return { code, out: `${escaped(JSON.stringify(found, null, 2))}\n`, err: '' };
    }
    const places = [...uses.values()].reduce((sum, { length }) => sum + length, 0);
    const summary = [
      `gates: ${gates.list().length}`,
      `uses: ${places} in ${files} files`,
      `errors: ${errors}`,
      `warnings: ${issues.length - errors}`,
      `not to be checked: ${unchecked.length}`,
    ].join(', ');
    return {
      code,
      out: [...issues, ...unchecked].map((issue) => `${shown(formatIssue(issue))}\n`).join(''),
      err: `${summary}\n`,
    };
  },
};
