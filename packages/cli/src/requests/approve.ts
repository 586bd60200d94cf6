import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Call } from '../grammar/call.ts';

/** Approves a change request and applies it; resolves to the exit code. */
export async function approveRequest(_call: Call, _id: string): Promise<number> {
  throw new CommandError(EXIT.failed, 'not there yet');
}
