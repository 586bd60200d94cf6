import type { Resource, Saved } from '@flagwright/server/client';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { commandLine } from '../output/command-line.ts';
import { outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { resultText, tellSaved, tellWarnings } from '../output/saved.ts';
import { shellWord } from '../output/shell-word.ts';
import { sessionOf } from '../session/session.ts';
import { confirmed } from '../terminal/confirm.ts';
import { canAsk } from './can-ask.ts';
import { writesOf } from './dry-run.ts';
import { isRefused, refusalOf, withHints } from './hinted.ts';
import { protectionIn } from './members.ts';

/** `flagctl link`: links a stage to a project; what is linked already stays so. Resolves to the exit code. */
export async function link(call: Call): Promise<number> {
  const session = await sessionOf(call);
  const project = session.project();
  const stage = stageNamed(call);
  const links = session.api.links(project);
  const spec = protectionIn(call);
  const comment = call.text('comment');
  const said = comment === undefined ? {} : { comment };
  let saved: Saved<unknown>;
  try {
    saved = await links.create({ metadata: { stage }, spec, ...said }, writesOf(call));
  } catch (thrown) {
    if (!isRefused(thrown, 'ALREADY_EXISTS')) throw thrown;
    saved =
      Object.keys(spec).length === 0
        ? unchanged(await links.get(stage))
        : await links.patch(stage, { spec, ...said }, writesOf(call));
  }
  const linked = saved.result === 'created';
  await tellLink(call, saved, linked ? 'linked' : saved.result, linked ? ` to project ${JSON.stringify(project)}` : '');
  return 0;
}

const unchanged = (resource: Resource<unknown>): Saved<unknown> => ({ ...resource, result: 'unchanged', warnings: [] });

/** `flagctl unlink`: unlinks a stage from a project, after a question if flags are active there. Resolves to the exit code. */
export async function unlink(call: Call): Promise<number> {
  const session = await sessionOf(call);
  const project = session.project();
  const stage = stageNamed(call);
  const links = session.api.links(project);
  const comment = call.text('comment');
  const options = { ...writesOf(call), ...(comment === undefined ? {} : { comment }) };
  const protection = protectionOf(await links.get(stage));
  let saved: Saved<unknown>;
  try {
    saved = await links.delete(stage, options);
  } catch (thrown) {
    if (!isRefused(thrown, 'IN_USE')) throw thrown;
    const refusal = refusalOf(thrown)!;
    if (call.has('yes') || call.has('dry-run') || !canAsk(call)) {
      throw await withHints(refusal, [
        `Run '${commandLine(call, `get ffs --project ${shellWord(project)} --stage ${shellWord(stage)}`)}' to view stage definitions`,
        'Disable them first, or say --force: their definitions are kept, and serve again when the stage is linked again',
        ...(protection === '' ? [] : [`${GONE}: link it then with${protection}`]),
      ]);
    }
    const names = Array.isArray(refusal.members.featureFlags) ? refusal.members.featureFlags.map(String) : [];
    const count = Number(refusal.members.count ?? names.length);
    const active = `${count} ${count === 1 ? 'flag is' : 'flags are'} active there [${shown(names, count)}]`;
    const question = `Unlink stage "${stage}" from project "${project}"? ${active}; applications will get their own defaults.${protection === '' ? '' : ` ${GONE}.`}`;
    if (!(await confirmed(call, safe(question)))) {
      call.world.err('Nothing was unlinked\n');
      return 1;
    }
    saved = await links.delete(stage, { ...options, force: true });
  }
  await tellLink(call, saved, 'unlinked', ` from project ${JSON.stringify(project)}`);
  if (protection !== '') {
    const again = `link stage ${shellWord(stage)} --project ${shellWord(project)}${protection}`;
    call.world.err(`${GONE}. To link it as it was: ${commandLine(call, again)}\n`);
  }
  return 0;
}

const GONE = 'The protection of the stage goes with the link';

/** The options that link a stage with the protection it has; empty if it has none. */
function protectionOf({ spec }: Resource<unknown>): string {
  const { requireChangeRequest, requireSecondApprover } = spec as Readonly<Record<string, unknown>>;
  return [
    ...(requireChangeRequest === true ? [' --require-change-request=true'] : []),
    ...(requireSecondApprover === true ? [' --require-second-approver=true'] : []),
  ].join('');
}

function shown(names: readonly string[], count: number): string {
  const first = names.slice(0, 5);
  return [...first, ...(count > first.length ? ['…'] : [])].join(', ');
}

/** The stage of the command line, however it was said. Throws `UsageError`. */
function stageNamed(call: Call): string {
  const [id] = call.args;
  const option = call.texts('stage').at(-1);
  if (id !== undefined && option !== undefined && id !== option) {
    throw new UsageError(`the stage is ${JSON.stringify(id)}, and by --stage it is ${JSON.stringify(option)}`, [
      'Say it once',
    ]);
  }
  const stage = id ?? option;
  // that of the context is for what is in a stage; to link it by accident would serve flags
  if (stage === undefined || stage === '') throw new UsageError(`${call.path.join(' ')}: which stage? Say its id`);
  return stage;
}

async function tellLink(call: Call, saved: Saved<unknown>, result: string, where: string): Promise<void> {
  const output = outputOf(call);
  if (output !== 'table' && output !== 'wide') return tellSaved(call, saved);
  tellWarnings(call, saved.warnings);
  await call.world.out(`stage/${safe(saved.id)} ${resultText(call, result)}${safe(where)}\n`);
}
