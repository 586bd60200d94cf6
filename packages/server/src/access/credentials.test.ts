import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sentToken } from './credentials.ts';
import { isSecretOf, makeToken, parseToken, storedHash } from './token-text.ts';

const ID = 'abcdefghij23';
const SECRET = 'A-_4'.repeat(10).concat('xyz');
const TOKEN = `fwt_${ID}_${SECRET}`;
const OTHER = `fwt_${ID}_${'b'.repeat(43)}`;

/** What is said of the headers of a request: the id of the token, or how it is refused. */
function said(headers: Readonly<Record<string, string>>): string {
  try {
    return sentToken(new Headers(headers)).id;
  } catch (thrown) {
    if (!(thrown instanceof Error) || !('headers' in thrown)) throw thrown;
    expect(thrown).toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
    const { headers: sent } = thrown as { readonly headers: Readonly<Record<string, string>> };
    return /error="(\w+)"/.exec(sent['www-authenticate']!)?.[1] ?? 'nothing';
  }
}

describe('the token of a request', () => {
  it.each<[Readonly<Record<string, string>>, string]>([
    [{}, 'nothing'],
    [{ authorization: `Bearer ${TOKEN}` }, ID],
    [{ authorization: `bearer   ${TOKEN}` }, ID],
    [{ authorization: ` BEARER ${TOKEN} ` }, ID],
    [{ 'x-api-key': TOKEN }, ID],
    [{ 'x-api-key': TOKEN, authorization: `Bearer ${TOKEN}` }, ID],
    [{ 'x-api-key': OTHER, authorization: `Bearer ${TOKEN}` }, 'invalid_request'],
    [{ 'x-api-key': TOKEN, authorization: 'Basic YTpi' }, 'invalid_request'],
    [{ 'x-api-key': '', authorization: `Bearer ${TOKEN}` }, 'invalid_request'],
    [{ authorization: TOKEN }, 'invalid_request'],
    [{ authorization: 'Bearer' }, 'invalid_request'],
    [{ authorization: '' }, 'invalid_request'],
    [{ authorization: `Bearer ${TOKEN}, Bearer ${TOKEN}` }, 'invalid_request'],
    [{ authorization: `Bearer ${TOKEN} ${TOKEN}` }, 'invalid_request'],
    [{ authorization: `Bearer\t${TOKEN}` }, 'invalid_request'],
    [{ authorization: 'Bearer undefined' }, 'invalid_token'],
    [{ authorization: `Bearer ${TOKEN}x` }, 'invalid_token'],
    [{ authorization: `Bearer ${TOKEN.slice(0, -1)}` }, 'invalid_token'],
    [{ authorization: `Bearer ${TOKEN.toUpperCase()}` }, 'invalid_token'],
    [{ authorization: `Bearer ${'x'.repeat(10_000)}` }, 'invalid_token'],
    [{ 'x-api-key': '' }, 'invalid_token'],
    [{ 'x-api-key': `Bearer ${TOKEN}` }, 'invalid_token'],
    [{ 'x-api-key': `${TOKEN}, ${TOKEN}` }, 'invalid_token'],
    [{ 'x-api-key': 'y'.repeat(10_000) }, 'invalid_token'],
  ])('%j is %s', (headers, expected) => {
    expect(said(headers)).toBe(expected);
  });

  it('is found whole or refused, whatever is sent, and is never repeated', () => {
    const value = fc.oneof(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.constantFrom('Bearer ', 'fwt_', TOKEN, `Bearer ${TOKEN}`, OTHER),
      fc
        .tuple(fc.constantFrom('Bearer ', 'bearer', ''), fc.constantFrom(TOKEN, OTHER, ''), fc.string())
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(fc.option(value), fc.option(value), (authorization, key) => {
        const headers = new Headers();
        try {
          if (authorization !== null) headers.set('authorization', authorization);
          if (key !== null) headers.set('x-api-key', key);
        } catch {
          // no header can have this
          return;
        }
        try {
          const { id, secret } = sentToken(headers);
          const text = `fwt_${id}_${secret}`;
          const sent = [headers.get('authorization')?.replace(/^bearer +/i, ''), headers.get('x-api-key')];
          expect(sent.filter((one) => one !== null && one !== undefined && one !== text)).toEqual([]);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'UNAUTHORIZED' });
          expect(String(thrown)).not.toContain(SECRET);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a token', () => {
  it('that was made is read again, and has the secret of its hash', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const { id, text, hash } = makeToken();
      const sent = parseToken(text)!;
      expect(sent.id).toBe(id);
      expect(id).toMatch(/^[a-z2-7]{10,}$/);
      expect(Buffer.from(sent.secret, 'base64url')).toHaveLength(32);
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
      expect(hash).not.toContain(sent.secret);
      expect(isSecretOf(sent.secret, storedHash(hash))).toBe(true);
      seen.add(id).add(sent.secret);
    }
    expect(seen.size).toBe(400);
  });

  it('with one other character is another one, or none', () => {
    const { text, hash } = makeToken();
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, letter) => {
        fc.pre(text[at] !== letter);
        const sent = parseToken(text.slice(0, at) + letter + text.slice(at + 1));
        if (sent === undefined) return;
        const same = isSecretOf(sent.secret, storedHash(hash));
        expect(same).toBe(sent.id !== parseToken(text)!.id);
      }),
      { numRuns: 500 },
    );
  });

  it.each([undefined, Buffer.alloc(0), Buffer.alloc(31), Buffer.alloc(33)])('has no secret of the hash %j', (hash) => {
    expect(isSecretOf(SECRET, hash)).toBe(false);
  });
});
