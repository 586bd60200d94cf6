import type { Saved } from '@flagwright/server/client';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { linesOf } from '../output/fields.ts';
import { safe } from '../output/safe.ts';
import { tellSaved } from '../output/saved.ts';
import { sessionOf } from '../session/session.ts';
import { writesOf } from './dry-run.ts';
import { isRefused, refusalOf, withHints } from './hinted.ts';
import { idOfKind } from './named-one.ts';
import { EMERGENCY } from './protected-hints.ts';

/** `flagctl promote`: makes what a flag does in one stage what it does in another. Resolves to the exit code. */
export async function promote(call: Call): Promise<number> {
  const flag = idOfKind(call, 'FeatureFlag');
  const session = await sessionOf(call);
  const project = session.project();
  const [from, to] = [stageIn(call, 'from'), stageIn(call, 'to')];
  const only = call.texts('only');
  const comment = call.text('comment');
  const path = `/projects/${encodeURIComponent(project)}/feature-flags/${encodeURIComponent(flag)}/promote`;
  const body = {
    from,
    to,
    ...(only.length === 0 ? {} : { only: [...new Set(only)] }),
    ...(comment === undefined ? {} : { comment }),
    ...(call.has('as-change-request') ? { asChangeRequest: true } : {}),
  };
  let saved: Saved<unknown> & { readonly effectText?: string };
  try {
    saved = (await session.api.ask('POST', path, { query: { ...writesOf(call) }, body })) as typeof saved;
  } catch (thrown) {
    if (!isRefused(thrown, 'PROTECTED')) throw thrown;
    throw await withHints(refusalOf(thrown)!, ['Say --as-change-request to ask for it', EMERGENCY]);
  }
  if (saved.effectText !== undefined && saved.result !== 'unchanged') {
    const title = saved.kind === 'ChangeRequest' ? 'If it is applied:' : `In stage ${to}:`;
    call.world.err(`${safe(title)}\n${linesOf(saved.effectText, '  ').join('\n')}\n`);
  }
  await tellSaved(call, saved);
  return 0;
}

function stageIn(call: Call, option: 'from' | 'to'): string {
  const stage = call.text(option);
  if (stage !== undefined && stage !== '') return stage;
  throw new UsageError(`--${option} is missing; expected a stage`, [
    `Usage: flagctl promote <flag> --from <stage> --to <stage>`,
  ]);
}
