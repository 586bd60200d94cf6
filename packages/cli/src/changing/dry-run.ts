import type { WriteOptions } from '@flagwright/server/client';
import type { Call } from '../grammar/call.ts';

/** How a change is sent, by `--dry-run` and `--force`. */
export function writesOf(call: Pick<Call, 'has'>): WriteOptions {
  return {
    ...(call.has('dry-run') ? { dryRun: true } : {}),
    ...(call.has('force') ? { force: true } : {}),
  };
}
