import { Command, CommanderError } from 'commander';
import { defineGates, type Gates, layer } from '../src/index.ts';

const described = { owner: '@openstack', description: 'x', since: '0.1' };

/** The gates of a program, one of them at the stage it is tested at. */
export function declareGates(
  stage: 'alpha' | 'ga',
  onWarning: (message: string) => void = () => {},
): Gates<'MultiRegion' | 'axolotl-mode' | 'old'> {
  return defineGates(
    { program: 'sunbeam', version: '0.4.0', onWarning },
    {
      MultiRegion: { stage, ...(stage === 'ga' ? { locked: true } : {}), ...described },
      'axolotl-mode': { stage: 'alpha', ...described },
      old: { stage: 'deprecated', default: true, until: '0.9', replacement: 'MultiRegion', ...described },
    },
  );
}

export type Names = 'MultiRegion' | 'axolotl-mode' | 'old';

export const closed: Gates<Names> = declareGates('alpha');
export const open: Gates<Names> = closed.with(layer('flag', { MultiRegion: true, 'axolotl-mode': true }));

export const HINT =
  'feature gate MultiRegion is not enabled. Enable it with --feature-gates=MultiRegion=true, or SUNBEAM_FEATURE_MULTI_REGION=true';

/** What comes of a command line. */
export interface Outcome {
  readonly out: string;
  readonly err: string;
  /** Of the error commander ended with; undefined if an action ran. */
  readonly code: string | undefined;
  readonly exitCode: number | undefined;
  readonly ran: readonly unknown[];
}

/** Builds the tree of a program, whose actions tell what they did. */
export type Build = (program: Command, did: (...what: unknown[]) => void) => void;

/** Parses a command line as its user would write it. */
export function run(build: Build, line: string | readonly string[]): Outcome {
  let [out, err] = ['', ''];
  const ran: unknown[] = [];
  const program = new Command('sunbeam').exitOverride().configureOutput({
    writeOut: (text) => {
      out += text;
    },
    writeErr: (text) => {
      err += text;
    },
  });
  build(program, (...what) => void ran.push(...what));
  const words = typeof line === 'string' ? line.split(' ').filter((word) => word !== '') : line;
  try {
    program.parse(words, { from: 'user' });
    return { out, err, code: undefined, exitCode: undefined, ran };
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return { out, err, code: thrown.code, exitCode: thrown.exitCode, ran };
  }
}

/** What comes of a command line that is refused. */
export function refused(code: string, err: string): Outcome {
  return { code, exitCode: 1, err, out: '', ran: [] };
}
