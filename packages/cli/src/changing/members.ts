import { oneOf } from '@flagwright/core';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { nounOfKind } from '../nouns/noun.ts';

/** The types of each kind that has some. */
export const TYPES = {
  FeatureFlag: ['BOOLEAN', 'STRING', 'NUMBER', 'INTEGER', 'OBJECT'],
  Context: ['STRING', 'NUMBER', 'BOOLEAN', 'VERSION'],
} as const;

/** What `--name` and `--description` say. */
export function textsIn(call: Call): { readonly name?: string; readonly description?: string } {
  const [name, description] = [call.text('name'), call.text('description')];
  return { ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) };
}

/** The owner of a flag, of whom there is one. Throws `UsageError` for several. */
export function ownerIn(call: Call): { readonly owner?: string } {
  const [owner, other] = call.texts('owner');
  if (other !== undefined) throw new UsageError('--owner is given twice: a feature flag has one owner');
  return owner === undefined ? {} : { owner };
}

/** What `--type` says. Throws `UsageError` for one that the kind has not. */
export function typeIn(call: Call, kind: keyof typeof TYPES): string | undefined {
  const type = call.text('type');
  const types: readonly string[] = TYPES[kind];
  if (type === undefined || types.includes(type)) return type;
  throw new UsageError(`--type is ${JSON.stringify(type)}; of ${nounOfKind(kind).many}, expected ${oneOf(types)}`);
}

/** What `--require-change-request` and `--require-second-approver` say. */
export function protectionIn(call: Call): {
  readonly requireChangeRequest?: boolean;
  readonly requireSecondApprover?: boolean;
} {
  const [request, second] = [call.text('require-change-request'), call.text('require-second-approver')];
  return {
    ...(request === undefined ? {} : { requireChangeRequest: request === 'true' }),
    ...(second === undefined ? {} : { requireSecondApprover: second === 'true' }),
  };
}
