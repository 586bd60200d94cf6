import type { Resource, Saved } from '@flagwright/server/client';
import type { Call } from '../grammar/call.ts';
import { linesOf } from '../output/fields.ts';
import { oneLine } from '../output/one-line.ts';
import { outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { nameOf, resultText, tellSaved, tellWarnings } from '../output/saved.ts';
import { sessionOf } from '../session/session.ts';

/** What a change request says of where it belongs, and why. */
interface RequestSpec {
  readonly projectId: string;
  readonly featureFlagId: string;
  readonly stageId: string;
  readonly comment?: string;
  readonly applyAt?: string;
}

/**
 * Approves a change request, and applies it or, if its time has not come, has it applied then; tells before what that does
 * to whom. Reads `--comment`, `--force` and `--dry-run`. Resolves to the exit code; throws `ApiError`, `FlagError`.
 */
export async function approveRequest(call: Call, id: string): Promise<number> {
  const { api } = await sessionOf(call);
  const request = (await api.changeRequests.get(id)) as Resource<RequestSpec>;
  const { text, version } = (await api.changeRequests.effect(id)) as {
    readonly text: string;
    readonly version: string;
  };
  call.world.err(`${safe(described(request))}\n${linesOf(text, '  ').join('\n')}\n`);
  const comment = call.text('comment');
  const saved = (await api.ask('POST', `/change-requests/${encodeURIComponent(id)}/apply`, {
    query: call.has('dry-run') ? { dryRun: true } : {},
    body: {
      // what was shown is what is applied
      version,
      ...(comment === undefined ? {} : { comment }),
      ...(call.has('force') ? { force: true } : {}),
    },
  })) as Saved<RequestSpec>;
  await tellDecided(call, saved);
  return 0;
}

function described({ id, spec, status = {} }: Resource<RequestSpec>): string {
  const { projectId, stageId, featureFlagId, comment } = spec;
  const why = comment === undefined ? '' : `: ${comment}`;
  // what others have written must not look like the effect below it
  return oneLine(`${id} of ${String(status.requester)}, for ${featureFlagId} in ${projectId}/${stageId}${why}`);
}

async function tellDecided(call: Call, saved: Saved<RequestSpec>): Promise<void> {
  const output = outputOf(call);
  const result: string = saved.result;
  if (result === 'applied' || (output !== 'table' && output !== 'wide')) return await tellSaved(call, saved);
  tellWarnings(call, saved.warnings);
  const by = result === 'unchanged' ? `, approved by ${String(saved.status?.approvedBy)} before` : '';
  const line = `${by}, to be applied at ${saved.spec.applyAt}`;
  await call.world.out(`${nameOf(saved)} ${resultText(call, result)}${safe(oneLine(line))}\n`);
}
