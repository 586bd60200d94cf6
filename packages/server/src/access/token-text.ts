import { hash as digest, randomBytes, timingSafeEqual } from 'node:crypto';

/** A token as it is sent, in its parts. */
export interface SentToken {
  /** By what it is found; no secret. */
  readonly id: string;
  readonly secret: string;
}

/** A token that was just made. */
export interface MadeToken {
  readonly id: string;
  /** What its owner sends; shown once, and kept nowhere. */
  readonly text: string;
  /** What is kept of the secret: its SHA-256, in hex. */
  readonly hash: string;
}

/** 32 letters that are not taken for each other, those of RFC 4648, so that one is 5 random bits. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_LENGTH = 12;
const SECRET_BYTES = 32;

/** `fwt_`, 10 to 32 letters of base32, and 32 bytes in base64url: easy to find by scanners of secrets. */
const FORMAT = /^fwt_([a-z2-7]{10,32})_([\w-]{43})$/;

/** Whatever is longer is no token. */
const LONGEST = 128;

/** Makes a token: `fwt_<id>_<secret>`. */
export function makeToken(): MadeToken {
  const id = Array.from(randomBytes(ID_LENGTH), (byte) => LETTERS[byte % LETTERS.length]).join('');
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { id, text: `fwt_${id}_${secret}`, hash: hashOf(secret) };
}

/** The parts of a token; undefined if it is none. */
export function parseToken(text: string): SentToken | undefined {
  const [, id, secret] = (text.length <= LONGEST && FORMAT.exec(text)) || [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** A hash as it is stored, to compare with. */
export function storedHash(hash: string): Buffer {
  return Buffer.from(hash, 'latin1');
}

/** No secret has this hash that anybody could know. */
const NOBODY: Buffer = storedHash(randomBytes(32).toString('hex'));

/**
 * Whether a secret has a hash. How long it takes says neither how much of it was right, nor whether there is a hash at
 * all. A plain hash will do: the secret is as random as a key, so there is nothing to guess from.
 */
export function isSecretOf(secret: string, hash: Buffer | undefined): boolean {
  const there = hash?.length === NOBODY.length;
  return timingSafeEqual(there ? hash : NOBODY, storedHash(hashOf(secret))) && there;
}

/** In hex; of the text, for its bytes have several spellings. */
const hashOf = (secret: string): string => digest('sha256', secret);
