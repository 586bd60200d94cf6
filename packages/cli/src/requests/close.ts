import type { Saved } from '@flagwright/server/client';
import type { Call } from '../grammar/call.ts';
import { tellSaved } from '../output/saved.ts';
import { sessionOf } from '../session/session.ts';

/** Closes a change request, which is then never applied. Resolves to the exit code; throws `ApiError`, `FlagError`. */
export async function closeRequest(call: Call, id: string): Promise<number> {
  const { api } = await sessionOf(call);
  const comment = call.text('comment');
  const saved = await api.ask('POST', `/change-requests/${encodeURIComponent(id)}/close`, {
    query: call.has('dry-run') ? { dryRun: true } : {},
    body: comment === undefined ? {} : { comment },
  });
  await tellSaved(call, saved as Saved<unknown>);
  return 0;
}
