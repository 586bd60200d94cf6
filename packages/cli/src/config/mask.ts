/** Tokens of Flagwright within a text. */
const TOKEN = /fwt_([a-z2-7]{0,4})[\w-]*/g;

/** One or several `${VARIABLE}`, and nothing else. */
const REFERENCE = /^(?:\$\{[A-Za-z_]\w*\})+$/;

/** Whether a token is named by variables alone, so that its text is no secret. */
export function isReference(token: string): boolean {
  return REFERENCE.test(token);
}

/** A token so that its owner knows it again, and nobody can use it: `fwt_k3v7***`. */
export function masked(token: string): string {
  if (isReference(token)) return token;
  const known = /^fwt_[a-z2-7]{4}(?=[a-z2-7]{6,28}_)/.exec(token)?.[0] ?? '';
  return `${known}***`;
}

/** A text in which no token can be read. */
export function hidden(text: string): string {
  return text.replace(TOKEN, 'fwt_$1***');
}

/** An address without the password, and without the query, that somebody may have written into it. */
export function withoutPassword(address: string): string {
  return address.replace(/^([a-z][a-z+.-]*:\/\/)[^/?#@]{1,1000}@/i, '$1***@').replace(/\?.+$/s, '?***');
}
