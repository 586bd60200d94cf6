import type { Resource, Saved } from '@flagwright/server/client';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { commandLine } from '../output/command-line.ts';
import { outputOf } from '../output/output.ts';
import { nameOf, resultText, tellSaved } from '../output/saved.ts';
import { shellWord } from '../output/shell-word.ts';
import type { Session } from '../session/session.ts';
import { writesOf } from './dry-run.ts';
import { isRefused, refusalOf, withHints } from './hinted.ts';
import { ownerIn, textsIn } from './members.ts';

/** What a template says, so that options cannot. */
const OF_THE_TEMPLATE = ['type', 'variants', 'default-variant', 'enabled', 'tag'];

/** Makes a flag of a template, with its stage definitions. Resolves to the exit code. */
export async function fromTemplate(call: Call, session: Session): Promise<number> {
  const [id] = call.args;
  const template = call.text('template')!;
  if (id === undefined) throw new UsageError('the feature flag has no id; expected one');
  const said = OF_THE_TEMPLATE.find((name) => call.has(name));
  if (said !== undefined) {
    throw new UsageError(`--template and --${said} are both given: the template says it`, [
      `Change it afterwards: ${commandLine(call, `patch ff ${shellWord(id)}`)}`,
    ]);
  }
  const project = session.project();
  const comment = call.text('comment');
  const path = `/projects/${encodeURIComponent(project)}/templates/${encodeURIComponent(template)}/instantiate`;
  const body = { id, ...textsIn(call), ...ownerIn(call), ...(comment === undefined ? {} : { comment }) };
  const saved = (await session.api
    .ask('POST', path, { query: { ...writesOf(call) }, body })
    .catch(async (thrown: unknown) => {
      if (!isRefused(thrown, 'ALREADY_EXISTS')) throw thrown;
      throw await withHints(refusalOf(thrown)!, [
        'Choose another id',
        `Or run '${commandLine(call, `edit ff ${shellWord(id)} --project ${shellWord(project)}`)}' to change it in an editor`,
      ]);
    })) as Saved<unknown> & { readonly stageDefinitions: readonly Resource<unknown>[] };
  await tellSaved(call, saved);
  const output = outputOf(call);
  if (output === 'table' || output === 'wide') {
    for (const definition of saved.stageDefinitions) {
      await call.world.out(`${nameOf(definition)} ${resultText(call, 'created')}\n`);
    }
  }
  return 0;
}
