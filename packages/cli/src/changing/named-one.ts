import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { type Kind, nounOf, nounOfKind } from '../nouns/noun.ts';

/** The one id of a command for one kind of resource, whose name may come before it: `cr-1`, or `cr cr-1`. Throws `UsageError`. */
export function idOfKind({ args: [first, second], path }: Call, kind: Kind): string {
  const { one, many } = nounOfKind(kind);
  const noun = first === undefined ? undefined : nounOf(first);
  const missing = new UsageError(`${path.join(' ')}: which ${one}? Its id is missing`);
  if (second === undefined) {
    // who has a flag of that name says the resource, too
    if (first === undefined || noun?.kind === kind) throw missing;
    return first;
  }
  if (noun?.kind === kind) return second;
  throw new UsageError(
    noun === undefined
      ? `${path.join(' ')}: ${JSON.stringify(second)} is one argument too many`
      : `${noun.many} cannot be named to ${path.join(' ')}: it is for ${many}`,
  );
}
