import type { ApiError } from '@flagwright/server/client';
import type { Words } from './told.ts';

const ADDRESS = 'Is the address of the server that of Flagwright?';

/** What is said of a refusal that is none of Flagwright's: by a proxy in front of it, or by some other server. */
export function foreignWords({ message, status, members }: ApiError): Words {
  const elsewhere = `something that is not Flagwright has answered ${status}`;
  switch (true) {
    case status >= 300 && status < 400:
      return {
        message: elsewhere,
        hints: ['Redirects are not followed: another server must not be sent the token', ADDRESS],
      };
    case status === 401 || status === 403:
      return { message: elsewhere, hints: ['A proxy in front of the server may want credentials of its own', ADDRESS] };
    case status === 404:
      return { message: 'the server knows no such address', hints: [ADDRESS] };
    case status === 413:
      return { message: `${elsewhere}: what was sent is too large for it`, hints: ['Send less at once'] };
    case status === 429:
      return { message: `${elsewhere}: too many requests`, hints: [`Try again ${pauseOf(members) ?? 'later'}`] };
    case status >= 502 && status <= 504:
      // of what writes, the client says that it may have been done
      return {
        message: `${elsewhere}, as a proxy does that has no answer of the server`,
        hints: [`Try again ${pauseOf(members) ?? 'in a moment'}`],
      };
    default:
      return { message, hints: [ADDRESS] };
  }
}

/** How long is to be waited, where that is said. */
function pauseOf({ retryAfter }: ApiError['members']): string | undefined {
  return typeof retryAfter === 'number' ? `in ${Math.ceil(retryAfter / 1_000)} s` : undefined;
}
