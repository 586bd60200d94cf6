import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { flagctl, ground, timed } from './program.mjs';
import { inTurns } from './rounds.mjs';
import { flagFile } from './texts.mjs';

const FLAGS = 10_000;

/** What takes as long as a file is large; and what takes as long as there are users. */
const COMMANDS = {
  lint: { argv: flagctl('lint', '-f', 'features.yaml'), says: /problem/ },
  'lint -o json': { argv: flagctl('lint', '-f', 'features.yaml', '-o', 'json') },
  validate: { argv: flagctl('validate', '-f', 'features.yaml'), says: /valid/ },
  exec: {
    argv: flagctl('exec', 'ff', 'flag-1', '-f', 'features.yaml', '--context', '{"targetingKey":"a","country":"DE"}'),
    says: /flag-1/,
  },
  'rollout simulate': {
    argv: flagctl('rollout', 'simulate', 'flag-1', '-f', 'features.yaml', '--percentage', '50'),
    says: /moved/,
  },
  'rollout simulate, a million users': {
    argv: flagctl('rollout', 'simulate', 'flag-1', '-f', 'small.yaml', '--percentage', '50', '--count', '1000000'),
    says: /1,000,000/,
  },
};

/** Commands that read a file of 10,000 flags. */
export async function large(_scenario, _names, { quick, progress }) {
  const { folder, remove } = ground();
  try {
    writeFileSync(path.join(folder, 'features.yaml'), flagFile(FLAGS));
    writeFileSync(path.join(folder, 'small.yaml'), flagFile(20));
    const commands = Object.fromEntries(
      Object.entries(COMMANDS).map(([title, { argv, says }]) => [title, () => timed(argv, { folder, says })]),
    );
    return { flagctl: { cases: inTurns(commands, quick ? 1 : 7, { progress }) } };
  } finally {
    remove();
  }
}
