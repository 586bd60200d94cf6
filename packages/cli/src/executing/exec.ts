import { instantOf, preview } from '@flagwright/core';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { safe } from '../output/safe.ts';
import { shellWord } from '../output/shell-word.ts';
import type { Answer, Asking } from './answer.ts';
import { checkContextNames, contextOf, scalarOf } from './context.ts';
import { tellAnswers } from './tell-answers.ts';

/** `flagctl exec`: what a flag serves, or all flags of a stage or of files, and why. Resolves to the exit code. */
export async function exec(call: Call): Promise<number> {
  const files = call.texts('filename');
  const [flag] = call.args;
  const asking = await askingOf(call, files.length > 0);
  const answers = await (files.length > 0 ? overFiles(call, files, flag, asking) : overServer(call, flag, asking));
  const codeDefault = call.text('default');
  await tellAnswers(call, answers, {
    single: flag !== undefined,
    ...(codeDefault === undefined ? {} : { codeDefault: scalarOf(codeDefault) }),
  });
  return exitOf(answers, flag !== undefined);
}

async function askingOf(call: Call, ofFiles: boolean): Promise<Asking> {
  const at = call.text('at');
  const now = at === undefined ? call.world.now() : instantOf(at);
  if (now === undefined) {
    throw new UsageError(`--at is ${preview(at)}; expected a date and time, as 2026-01-31T12:00:00Z`);
  }
  if (at !== undefined && !ofFiles) {
    throw new UsageError('--at goes with files (-f): a server evaluates by its own clock');
  }
  await checkContextNames(call);
  return { context: await contextOf(call), now, explain: call.has('explain') };
}

async function overFiles(
  call: Call,
  files: readonly string[],
  flag: string | undefined,
  asking: Asking,
): Promise<readonly Answer[]> {
  const { localSet } = await import('../local/local-set.ts');
  const { answerOf } = await import('./answer.ts');
  const set = await localSet(call, files, call.has('recursive'));
  if (flag === undefined) return [...set.snapshot.flags.keys()].sort().map((key) => answerOf(set, key, asking));
  if (set.snapshot.flags.get(flag) !== undefined) return [answerOf(set, flag, asking)];
  const { nearest } = await import('../grammar/nearest.ts');
  const near = nearest(flag, [...set.snapshot.flags.keys()]);
  throw new CommandError(EXIT.notFound, `feature flag ${JSON.stringify(flag)} not found in ${set.title}`, [
    ...(near === undefined ? [] : [`Did you mean ${JSON.stringify(near)}?`]),
    `Run 'flagctl exec ff ${again(call)}' to evaluate all of them`,
  ]);
}

/** What picked the flags, to be said once more. */
function again(call: Call): string {
  const said = ['filename', 'project', 'stage'].flatMap((name) =>
    call.texts(name).map((text) => `${name === 'filename' ? '-f' : `--${name}`} ${shellWord(text)}`),
  );
  return [...said, ...(call.has('recursive') ? ['-R'] : [])].join(' ');
}

async function overServer(call: Call, flag: string | undefined, asking: Asking): Promise<readonly Answer[]> {
  const server = await import('./over-server.ts');
  return flag === undefined ? await server.allAnswers(call, asking) : [await server.oneAnswer(call, flag, asking)];
}

/** A flag that has no answer: its own code default is served, but not because it says so. Throws `CommandError`. */
function exitOf(answers: readonly Answer[], single: boolean): number {
  const failed = answers.filter(({ errorCode }) => errorCode !== undefined);
  const [first] = failed;
  if (first === undefined) return EXIT.ok;
  if (!single) {
    const what = failed.length === 1 ? '1 flag has' : `${failed.length} flags have`;
    throw new CommandError(EXIT.invalid, `${what} no answer`, failed.slice(0, MOST).map(reasonOf));
  }
  throw new CommandError(
    first.errorCode === 'FLAG_NOT_FOUND' ? EXIT.notFound : EXIT.invalid,
    `feature flag ${JSON.stringify(first.flag)} has no answer: ${first.errorMessage ?? first.errorCode}`,
  );
}

const MOST = 20;

const reasonOf = ({ flag, errorMessage, errorCode }: Answer): string => `${safe(flag)}: ${errorMessage ?? errorCode}`;
