import { FlagError } from '@flagwright/core';

/** Where a Redis is, and who asks: as ioredis takes it. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  readonly tls?: Readonly<Record<string, never>>;
}

const EXPECTED = 'expected redis://[[user]:password@]host[:port][/database], or rediss:// for TLS';
const HINT = 'A password with characters like / ? # @ is written percent-encoded';

/** What a URL means. Throws `FlagError('INVALID_ARGUMENT')`, which does not repeat it: it may hold a password. */
export function addressOf(url: unknown): Address {
  const address = typeof url === 'string' ? parse(url) : undefined;
  if (address === undefined) {
    throw new FlagError('INVALID_ARGUMENT', `the url of the Redis cannot be used; ${EXPECTED}. Hint: ${HINT}`);
  }
  return address;
}

function parse(text: string): Address | undefined {
  // what is not understood is refused: it may be the rest of a password
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.search + url.hash !== '') return undefined;
  const database = /^\/?(\d*)$/.exec(url.pathname);
  if (url.hostname === '' || database === null) return undefined;
  try {
    const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    return {
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? 6379 : Number(url.port),
      ...(username === '' ? {} : { username }),
      ...(password === '' ? {} : { password }),
      db: Number(database[1]),
      ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
    };
  } catch {
    return undefined;
  }
}
