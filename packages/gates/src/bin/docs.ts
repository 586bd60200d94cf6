import { FlagError } from '@flagwright/core';
import { checkGateReference, gateReference, type Way, writeGateReference } from '../docs/index.ts';
import { WAYS } from '../docs/ways.ts';
import { COMMON, type Command, listOption, noPositionals, type Outcome, textOption, UsageError } from './command.ts';
import { gatesFrom } from './registry.ts';

export const docsCommand: Command = {
  name: 'docs',
  usage: '-r <file> [--file <page> [--check]]',
  summary: 'write the reference of the gates into a page, or check it',
  options: {
    ...COMMON,
    file: { short: 'f', value: 'page', help: 'the Markdown file to write (default: print it)' },
    check: { help: 'write nothing, and end with 1 if the page is stale' },
    way: { value: 'way', multiple: true, help: `how gates can be set: ${WAYS.join(', ')} (default: flag, env, file)` },
    level: { value: 'number', help: 'the level of its headings (default: 2)' },
    title: { value: 'text', help: 'the heading of a new page' },
    marker: { value: 'word', help: 'the name of the comments around it (default: feature-gates)' },
    proposals: { help: 'every gate needs a proposal' },
  },
  async run(options) {
    noPositionals(options);
    const file = textOption(options, 'file');
    const check = options.values.check === true;
    if (check && file === undefined) throw new UsageError('--check needs --file, the page to check');
    const level = textOption(options, 'level');
    const given = {
      gates: await gatesFrom(options),
      ways: listOption(options, 'way') as readonly Way[] | undefined,
      level: level === undefined ? undefined : Number(level),
      title: textOption(options, 'title'),
      marker: textOption(options, 'marker'),
      proposals: options.values.proposals === true,
    };
    try {
      if (file === undefined) return { code: 0, out: `${gateReference(given.gates, given)}\n`, err: '' };
      if (check) {
        await checkGateReference({ ...given, file });
        return { code: 0, out: `${file} is up to date\n`, err: '' };
      }
      const written = await writeGateReference({ ...given, file });
      return { code: 0, out: `${file} ${written ? 'is written' : 'was up to date'}\n`, err: '' };
    } catch (thrown) {
      return undocumented(thrown);
    }
  },
};

/** Gates that are not documented are what was looked for. */
function undocumented(thrown: unknown): Outcome {
  if (!(thrown instanceof FlagError) || thrown.issues.length === 0) throw thrown;
  return { code: 1, out: '', err: `flagwright-gates: ${thrown.message}\n` };
}
