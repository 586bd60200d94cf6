import { isRecord } from '@flagwright/core';
import type { Call } from '../grammar/call.ts';
import { API_VERSION } from '../manifests/manifests.ts';
import { commandLine } from '../output/command-line.ts';
import { withoutMarks } from '../output/json.ts';
import { shellWord } from '../output/shell-word.ts';
import type { Target } from './target.ts';

/** A longer command is not shown, in characters: nobody reads it, and terminals break it. */
const MOST = 2_000;

/** Whoever is no approver is refused it. */
export const EMERGENCY = 'Or, in an emergency, an approver may say --force, which the history remembers';

type Members = Readonly<Record<string, unknown>>;

/**
 * What to do where a stage takes changes by request only: the command that asks for the change, `spec`, can be run as it is
 * shown; undefined: no request asks for that, as to delete. `stages` are those that are protected, as the server tells them.
 */
export function protectedHints(
  call: Call,
  target: Target,
  spec: Members | undefined,
  stages?: unknown,
): readonly string[] {
  const { kind, id, project, stage } = target;
  if (kind === 'FeatureFlagStage' && spec !== undefined) return [...commandHint(call, target, spec), EMERGENCY];
  if (kind !== 'FeatureFlag' && kind !== 'FeatureFlagStage')
    return ['Take it out of their targeting by change requests first', EMERGENCY];
  const [one] = Array.isArray(stages) ? stages.map(String) : [];
  const flag = placeOf({ id, project, stage: one ?? stage });
  const command = commandLine(call, `create cr ${flag}`);
  return [
    `Ask for a change of what the stage serves instead: ${command}, with --enabled, --default-variant or --targeting`,
    EMERGENCY,
  ];
}

const placeOf = ({ id, project, stage }: Pick<Target, 'id' | 'project' | 'stage'>): string =>
  `--project ${shellWord(project)} --feature-flag ${shellWord(id)} --stage ${stage === '' ? '<stage>' : shellWord(stage)}`;

function commandHint(call: Call, target: Target, spec: Members): readonly string[] {
  const comment = call.text('comment');
  const why = comment === undefined ? '' : ` --comment ${shellWord(comment)}`;
  const request = (options: string): string => commandLine(call, `create cr ${placeOf(target)}${options}${why}`);
  const targetingFile = call.text('targeting');
  // the standard input is over
  const inFile = targetingFile?.startsWith('@') === true && targetingFile !== '@-';
  const options = optionsFor(inFile ? { ...spec, targeting: targetingFile } : spec);
  const command =
    options === undefined
      ? pipedFor(call, target, comment === undefined ? spec : { ...spec, comment }, why)
      : request(options);
  const byManifest = [`Ask for it by a manifest: '${commandLine(call, 'create -f <file>')}'`];
  if (command === undefined) return byManifest;
  if (command.length <= MOST) return ask(command);
  const { targeting, ...rest } = spec;
  if (targeting === undefined || options === undefined) return byManifest;
  const short = request(`${optionsFor(rest)} --targeting @<file>`);
  return short.length > MOST ? byManifest : ['Keep the targeting in a file, and ask for it:', `  ${short}`];
}

/** Quotes are for the shell then, and none stand around it. */
const ask = (command: string): readonly string[] =>
  command.includes("'") ? ['Ask for it:', `  ${command}`] : [`Run '${command}' to ask for it`];

const OPTIONS: ReadonlyMap<string, string> = new Map([
  ['enabled', 'enabled'],
  ['defaultVariant', 'default-variant'],
  ['offVariant', 'off-variant'],
  ['targeting', 'targeting'],
]);

/** A change as options of `create cr`; undefined if there are none for some of it. */
function optionsFor(spec: Members): string | undefined {
  const words: string[] = [];
  for (const [name, value] of Object.entries(spec)) {
    const option = OPTIONS.get(name);
    if (option === undefined || (value === null && name !== 'targeting')) return undefined;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    words.push(
      ` ${shellWord(`--${option}=${text}`).startsWith('--') ? `--${option}=${text}` : `--${option} ${shellWord(text)}`}`,
    );
  }
  return words.join('');
}

/** A change as a manifest; undefined for what a merge patch says of a part of a member, for a request says it whole. */
function pipedFor(call: Call, { id, project, stage }: Target, spec: Members, why: string): string | undefined {
  if (Object.entries(spec).some(([name, value]) => name !== 'targeting' && isRecord(value))) return undefined;
  const said = { projectId: project, featureFlagId: id, stageId: stage, ...spec };
  const manifest = withoutMarks(JSON.stringify({ apiVersion: API_VERSION, kind: 'ChangeRequest', spec: said }));
  return `printf %s ${shellWord(manifest)} | ${commandLine(call, `create -f -${why}`)}`;
}
