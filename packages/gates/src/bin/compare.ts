import { readFile } from 'node:fs/promises';
import { FlagError, formatIssue } from '@flagwright/core';
import { compareSnapshot, type SkewPolicy, type SnapshotComparison } from '../compare-snapshot.ts';
import { shown } from '../printable.ts';
import { COMMON, type Command, textOption, UsageError, wordOption } from './command.ts';
import { gatesFrom } from './registry.ts';

const POLICIES: readonly SkewPolicy[] = ['warn', 'error', 'ignore'];

export const compareCommand: Command = {
  name: 'compare',
  usage: '-r <file> <snapshot>',
  summary: 'hold a snapshot against the gates as they are now',
  options: {
    ...COMMON,
    policy: { value: 'policy', help: 'what gates that differ are: warn, error or ignore (default: error)' },
    requirements: { value: 'policy', help: 'what versions are that are not reached (default: error)' },
    what: { value: 'word', help: 'what the snapshot lies beside, in messages (default: package)' },
  },
  async run(options) {
    const [file, ...more] = options.positionals;
    if (file === undefined || more.length > 0) throw new UsageError('expected one snapshot to compare with');
    const policy = wordOption(options, 'policy', POLICIES) ?? 'error';
    const requirements = wordOption(options, 'requirements', POLICIES);
    const gates = await gatesFrom(options);
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new FlagError('NOT_FOUND', `${file} cannot be read: ${FlagError.from(cause).message}`, { cause });
    });
    const { issues } = compared(file, () =>
      compareSnapshot(text, gates, { policy, requirements, what: textOption(options, 'what') }),
    );
    return { code: 0, out: issues.map((issue) => `${shown(formatIssue(issue))}\n`).join(''), err: '' };
  },
};

/** Says of which file an error is. */
function compared(file: string, compare: () => SnapshotComparison): SnapshotComparison {
  try {
    return compare();
  } catch (thrown) {
    const { code, message, issues } = FlagError.from(thrown);
    throw new FlagError(code, `${shown(file)}: ${message}`, { cause: thrown, issues });
  }
}
