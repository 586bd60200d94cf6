import type { Command } from '../grammar/command.ts';
import { NO_HEADERS, PAGE_OPTIONS } from '../reading/options.ts';

/** `flagctl usage`. */
export const command: Command = {
  name: 'usage',
  usage: ['<flag> [--days <number>] [options]', '--stale [--days <number>] [options]'],
  summary: 'show how often flags are evaluated, and which are stale',
  description: [
    'Shows how often a flag was evaluated, by stage and variant, and day by day (by UTC) with a bar each; --stage shows those of one stage. A stage that the context names does not count.',
    'With --stale, it lists the flags of a project that were not evaluated for some days, those longest ago first. Archived flags, and those that are not so old themselves, are left out.',
    'Servers count flags that they evaluate one by one; applications that evaluate by themselves tell how often. Where nobody tells, nothing is known: --stale then says so.',
  ],
  args: [{ name: 'flag', optional: true, complete: 'flag' }],
  options: [
    { name: 'stale', summary: 'flags that nobody asks for' },
    { name: 'days', value: 'number', summary: 'how many days back, up to 400', otherwise: '30' },
    ...PAGE_OPTIONS.map((option) => ({ ...option, summary: `with --stale: ${option.summary}` })),
    NO_HEADERS,
  ],
  examples: [
    { title: 'a flag in the last week', line: 'flagctl usage new-checkout --project my-app --days 7' },
    {
      title: 'in production alone, for another program',
      line: 'flagctl usage new-checkout --project my-app --stage production -o json',
    },
    { title: 'what may be cleaned up', line: 'flagctl usage --stale --days 90 --project my-app' },
  ],
  exits: { 4: 'the flag or the project is not there, or the stage is not linked to it' },
  async run(call) {
    const { usage } = await import('../reading/usage.ts');
    return await usage(call);
  },
};
