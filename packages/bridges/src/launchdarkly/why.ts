/** Why a connection was lost, without the addresses that a client writes. */
export function whyLost(said: string): string {
  const status = /^error (\d{3})/.exec(said)?.[1];
  if (status !== undefined) return `error ${status}`;
  // version 7 has no word for the end of a stream
  if (said.includes('completed unexpectedly') || said.includes('[object Object]'))
    return 'I/O error (the stream ended)';
  if (said.includes('Read timeout')) return 'I/O error (nothing came for too long)';
  const code = /\bE[A-Z][A-Z0-9_]{2,}\b/.exec(said)?.[0];
  if (code !== undefined) return `I/O error (${code})`;
  return /certificate|altnames/i.test(said) ? 'I/O error (the certificate is not accepted)' : 'I/O error';
}

/** What a foreign error is called, without its message: that may hold a key, or an address. */
export function nameOf(thrown: unknown): string {
  try {
    const { code, name } = thrown as { readonly code?: unknown; readonly name?: unknown };
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code)) return code;
    if (typeof name === 'string' && /^[A-Z][A-Za-z]{1,40}$/.test(name)) return name;
  } catch {
    // null, or a property that throws
  }
  return thrown instanceof Error ? 'an error' : `a thrown ${typeof thrown}`;
}
