import { formatGates, GATE_OUTPUTS } from '../list/format.ts';
import { MATURITIES, type Stage } from '../maturity.ts';
import { COMMON, type Command, listOption, noPositionals, UsageError, wordOption } from './command.ts';
import { gatesFrom } from './registry.ts';

const STAGES: readonly Stage[] = ['prealpha', ...MATURITIES];

export const listCommand: Command = {
  name: 'list',
  usage: '-r <file> [-o table|wide|json|yaml|name]',
  summary: 'list the gates, and what each of them is',
  options: {
    ...COMMON,
    output: { short: 'o', value: 'form', help: `one of ${GATE_OUTPUTS.join(', ')} (default: table)` },
    'no-headers': { help: 'leave out the titles of table and wide' },
    stage: { value: 'stage', multiple: true, help: `only gates of this stage: ${STAGES.join(', ')}; repeatable` },
  },
  async run(options) {
    noPositionals(options);
    const output = wordOption(options, 'output', GATE_OUTPUTS);
    const stages = listOption(options, 'stage') as readonly Stage[] | undefined;
    const strange = stages?.find((stage) => !STAGES.includes(stage));
    if (strange !== undefined)
      throw new UsageError(`there is no stage ${strange}; expected one of ${STAGES.join(', ')}`);
    if (stages?.length === 0) throw new UsageError(`--stage names no stage; expected one of ${STAGES.join(', ')}`);
    const headers = options.values['no-headers'] !== true;
    const text = formatGates(await gatesFrom(options), { output, stages, headers });
    return { code: 0, out: text === '' ? '' : `${text}\n`, err: '' };
  },
};
