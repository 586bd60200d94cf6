import type { FlagError } from '@flagwright/core';

/** Characters of a message that are looked at, and that are shown, at most. */
const LOOKED_AT = 1_000;
const SHOWN = 300;

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
const ADDRESS = /([a-z][a-z0-9+.-]{0,30}):\/\/([^\s"'`<>]*)/gi;
/** Of an address: a plain host with a port or none, then what is left out. */
const HOST = /^((?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?)(?:[/?#][^@]*)?$/i;
const NAMED =
  /(password|passwd|passphrase|pwd|secret|token|credentials?|(?:api|sdk|access|private|client|project)[-_ ]?key|authorization|cookie|signature)(["']?\s{0,3}[=:]\s{0,3})(?:"[^"]*"?|'[^']*'?|(?:bearer |basic |digest )?[^\s,;"']+)/gi;
const BEARER = /\b(bearer|basic) +[\w.~+/=-]{8,}/gi;
const MAILBOX = /\S*@\S*/g;
/** What nobody reads: keys, hashes, tokens. The slash is a letter of base64, and cuts paths. */
const OPAQUE = /[\w.~+=-]{24,}|[\w+/=-]{40,}/g;

/**
 * A message without what might be a secret: of addresses only scheme and host; no passwords, tokens and keys by their
 * names or their looks, no mailboxes, no control characters; at most 300 characters.
 */
export function scrubbed(message: string): string {
  let text = message.slice(0, LOOKED_AT);
  // a word that was cut cannot be told for what it is
  if (text.length < message.length) text = `${text.replace(/\S{0,1000}$/, '')}…`;
  text = text
    .replace(INVISIBLE, ' ')
    .replace(ADDRESS, (_, scheme: string, rest: string) => {
      const [, host] = HOST.exec(rest) ?? [];
      return host === undefined ? `${scheme}://…` : `${scheme}://${host}${host.length < rest.length ? '/…' : ''}`;
    })
    .replace(NAMED, '$1$2…')
    .replace(BEARER, '$1 …')
    .replace(MAILBOX, '…')
    .replace(OPAQUE, (word) => (/\d/.test(word) && /[a-z]/i.test(word) ? '…' : word))
    .trim();
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1)}…`;
}

/** The code of a system error, as `ECONNREFUSED`. */
const SYSTEM_CODE = /^E[A-Z0-9_]{2,30}$/;

/**
 * What may be told of an error to whoever asks: our own messages, without what might be a secret; of what others threw,
 * whose messages may hold anything, only what kind it was.
 */
export function told(error: FlagError): string {
  try {
    const { code, message, cause } = error;
    const theirs = 'cause' in error && (cause instanceof Error ? cause.message : String(cause)) === message;
    if (!theirs) return scrubbed(`${code}: ${message}`);
    const system = (cause as { readonly code?: unknown } | undefined)?.code;
    return typeof system === 'string' && SYSTEM_CODE.test(system) ? `${code}: ${system}` : code;
  } catch {
    return 'UNKNOWN';
  }
}
