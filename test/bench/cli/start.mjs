import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { flagctl, ground, timed } from './program.mjs';
import { inTurns } from './rounds.mjs';
import { flagFile } from './texts.mjs';

/** What ends at once for whoever waits for it, and what each says. */
const COMMANDS = {
  'node -e 0': { argv: ['-e', '0'] },
  '--help': { argv: flagctl('--help'), says: /Usage: flagctl/ },
  version: { argv: flagctl('version'), says: /^flagctl \d/ },
  'apply --help': { argv: flagctl('apply', '--help'), says: /^apply: / },
  'exec of a file': {
    argv: flagctl('exec', 'ff', 'flag-1', '-f', 'features.yaml', '--context', '{"targetingKey":"a","country":"DE"}'),
    says: /flag-1/,
  },
  'lint of a file': { argv: flagctl('lint', '-f', 'features.yaml'), says: /problem/ },
  'rollout simulate': {
    argv: flagctl('rollout', 'simulate', 'flag-1', '-f', 'features.yaml', '--plain'),
    says: /10,000/,
  },
  __complete: { argv: flagctl('__complete', '--', 'rollout', 'sim'), says: /^simulate/ },
};

/** How long a command takes, with that of `node -e 0` beside it: a file of 20 flags, no server. */
export async function start(_scenario, _names, { quick, progress }) {
  const { folder, remove } = ground();
  try {
    writeFileSync(path.join(folder, 'features.yaml'), flagFile(20));
    const commands = Object.fromEntries(
      Object.entries(COMMANDS).map(([title, { argv, says }]) => [title, () => timed(argv, { folder, says })]),
    );
    const { 'node -e 0': node, ...cases } = inTurns(commands, quick ? 5 : 40, { base: 'node -e 0', progress });
    return { node: { cases: { 'node -e 0': node } }, flagctl: { cases } };
  } finally {
    remove();
  }
}
