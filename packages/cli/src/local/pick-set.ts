import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { nearest } from '../grammar/nearest.ts';
import { safe } from '../output/safe.ts';
import { shellWord } from '../output/shell-word.ts';
import { styleOf } from '../output/style.ts';
import type { LocalSet } from './set.ts';

/** What is looked for among the sets of files. */
export interface Wanted {
  readonly project?: string | undefined;
  readonly stage?: string | undefined;
}

/** What the command line says of which set it is about. */
export function wantedBy(call: Pick<Call, 'text'>): Wanted {
  return { project: call.text('project'), stage: call.text('stage') };
}

/** The one set, or the one that is wanted. Throws `UsageError` if there are several, `CommandError` if it is not there, or there is none. */
export function pickSet(sets: readonly LocalSet[], { project, stage }: Wanted, files: readonly string[]): LocalSet {
  // a flag document is of no project and no stage, and flags by themselves are of no stage: they are what anybody wants
  const fits = sets.filter((set) => fit(set.project, project) && fit(set.stage, stage));
  const [first, ...others] = fits;
  if (first !== undefined && others.length === 0) return first;
  const named = files.join(', ');
  const list = sets.map(({ title }) => title).join(', ');
  if (sets.length === 0) throw new CommandError(EXIT.invalid, `there are no flags in ${named}`);
  if (first === undefined) {
    const asked = [project, stage].filter((part) => part !== undefined).join('/');
    throw new CommandError(
      EXIT.notFound,
      `${named}: there is no ${asked} among ${list}`,
      nearestOf(sets, { project, stage }),
    );
  }
  const several = fits.map(({ title }) => title).join(', ');
  if (fits.some(isOfDocument)) {
    throw new UsageError(`${named}: which flags? There are ${several}`, ['Name files of one kind only']);
  }
  const unsure = [
    ...(new Set(fits.map((set) => set.project)).size > 1 ? ['project'] : []),
    ...(new Set(fits.map((set) => set.stage)).size > 1 ? ['stage'] : []),
  ];
  const how = unsure.map((what) => `--${what} <id>`).join(' and ');
  throw new UsageError(`${named}: which ${unsure.join(' and ')}? Say it by ${how}`, [`There are ${several}`]);
}

/** What was probably meant, of the project and of the stage. */
function nearestOf(sets: readonly LocalSet[], wanted: Wanted): readonly string[] {
  return (['project', 'stage'] as const).flatMap((what) => {
    const names = sets.flatMap((set) => set[what] ?? []);
    const word = wanted[what];
    const near = word === undefined || names.includes(word) ? undefined : nearest(word, names);
    return near === undefined ? [] : [`Did you mean --${what} ${shellWord(near)}?`];
  });
}

const fit = (own: string | undefined, wanted: string | undefined): boolean =>
  own === undefined || wanted === undefined || own === wanted;

/**
 * Warns of a project and a stage that pick nothing, as all sets are of flag documents; `said`: how they were said, else the
 * options of the command line.
 */
export function warnOfPlace(
  call: Pick<Call, 'texts' | 'has' | 'world'>,
  sets: readonly LocalSet[],
  said: readonly string[] = ['project', 'stage'].filter((one) => call.texts(one).length > 0).map((one) => `--${one}`),
): void {
  if (said.length === 0 || sets.length === 0 || !sets.every(isOfDocument)) return;
  const what = safe(`${said.join(' and ')} ${said.length === 1 ? 'says' : 'say'} nothing here`);
  const documents = safe(sets.map(({ title }) => title).join(', '));
  call.world.err(
    `${styleOf(call, 'err').yellow('Warning')}: ${what}: a flag document is of no project and no stage: ${documents}\n`,
  );
}

const isOfDocument = ({ project, stage }: LocalSet): boolean => project === undefined && stage === undefined;
