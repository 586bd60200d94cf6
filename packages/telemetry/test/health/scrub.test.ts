import { FlagError } from '@flagwright/core';
import { describe, expect, it } from 'vitest';
import { scrubbed, told } from '../../src/health/scrub.ts';

describe('what is shown of a message', () => {
  it.each([
    [
      'cannot reach https://flags.example.com:8443/v1/sets?token=hunter2',
      'cannot reach https://flags.example.com:8443/…',
    ],
    ['cannot reach https://flags.example.com', 'cannot reach https://flags.example.com'],
    ['no answer within 30000 ms', 'no answer within 30000 ms'],
    [
      'features.yaml:12:3: unknown operator "eqq"; expected "eq"',
      'features.yaml:12:3: unknown operator "eqq"; expected "eq"',
    ],
    ['/etc/flags/features.production.yaml: no such file', '/etc/flags/features.production.yaml: no such file'],
    ['redis://[::1]:6379/0 is away', 'redis://[::1]:6379/… is away'],
    ['a\u0000b\u001b[31mc\r\nd\u2028e\u202ef', 'a b [31mc d e f'],
    ['', ''],
  ])('%j', (message, shown) => {
    expect(scrubbed(message)).toBe(shown);
  });

  it.each([
    'postgres://app:hunter2@db:5432/flags failed',
    'postgres://app:hunter2@db:5432/flags?sslmode=require failed',
    'postgres://hunter2@db/flags',
    'postgres://app:hun/hunter2@db/flags',
    'postgres://app:p@hunter2@db/flags',
    'postgres://app:p?hunter2@db/flags',
    'postgres://app:p#hunter2@db/flags',
    'postgres://app:hunter2',
    'postgres://app:pa hunter2@db/flags',
    'REDISS://:hunter2@cache:6380',
    '"postgresql://app:hunter2@db/flags"',
    '(mongodb+srv://app:hunter2@db)',
    'https://flags.example.com/hooks/hunter2',
    'https://flags.example.com/?a=b@hunter2',
    'https://flags.example.com#hunter2',
    'app:hunter2@db/flags',
    'host=db user=app password=hunter2 dbname=flags',
    "host=db password='hun ter hunter2' dbname=flags",
    '{"password": "hunter2"}',
    'Authorization: Bearer hunter2',
    'authorization: Basic hunter2',
    'sent Bearer hunter2hunter2',
    'API_KEY=hunter2',
    'sdk key: hunter2',
    'x-api-key: hunter2',
    'cookie: session=hunter2',
    'PGPASSWORD=hunter2 psql',
    'accessToken=hunter2',
    `the key sdk-${'0a1b2c3d-'.repeat(3)}hunter2 is not known`,
    `eyJhbGciOiJIUzI1NiJ9.${'hunter2'.repeat(4)}.${'hunter2'.repeat(5)}`,
    `${'x'.repeat(990)} postgres://app:hunter2@db`,
    `${'x '.repeat(490)} postgres://app:1234hunter2${'y'.repeat(40)}@db`,
    'postgres://app:hun\u0000ter2@db/flags hunter2@db',
  ])('holds no secret: %s', (message) => {
    expect(scrubbed(message)).not.toMatch(/hunter2|ter2/);
  });

  it.each([
    'postgres://app:1234/x@db/flags',
    'postgres://app:1234?x@db',
    // cut after 1,000 characters, in the middle of a word
    `${`${'a1'.repeat(20)} `.repeat(24)}redis://abc:12345678@db`,
  ])('takes no part of a password for a port: %s', (message) => {
    expect(scrubbed(message)).not.toContain('12');
  });

  it('is short, and takes no time, whatever is said', () => {
    const hostile = ['a://', 'token', '@', 'token=', '"', 'bearer ', '://', 'a'.repeat(31), 'a.', '\u202e'];
    for (const one of hostile) {
      const shown = scrubbed(one.repeat(1_000_000));
      expect(shown.length).toBeLessThanOrEqual(300);
    }
  });
});

describe('what is told of an error', () => {
  it('of ours: the code and what it says', () => {
    const cause = new Error('connect ECONNREFUSED 10.0.0.7:5432');
    expect(told(new FlagError('UNAVAILABLE', 'the server could not be reached', { cause }))).toBe(
      'UNAVAILABLE: the server could not be reached',
    );
  });

  it('of others: only what kind it was', () => {
    const system = Object.assign(new Error('connect to app/hunter2 failed'), { code: 'ECONNREFUSED' });
    expect(told(FlagError.from(system, 'UNAVAILABLE'))).toBe('UNAVAILABLE: ECONNREFUSED');
    expect(told(FlagError.from(Object.assign(new Error('hunter2'), { code: 'hunter2' })))).toBe('UNKNOWN');
    expect(told(FlagError.from(Object.assign(new Error('hunter2'), { code: 'E hunter2' })))).toBe('UNKNOWN');
    expect(told(FlagError.from('hunter2', 'UNAVAILABLE'))).toBe('UNAVAILABLE');
    expect(told(FlagError.from(undefined))).toBe('UNKNOWN');
    expect(told(FlagError.from(null))).toBe('UNKNOWN');
  });

  it('of one that cannot be read: nothing', () => {
    const unreadable = new Proxy(new FlagError('UNAVAILABLE', 'x'), {
      get: () => {
        throw new Error('hunter2');
      },
    });
    expect(told(unreadable)).toBe('UNKNOWN');
  });
});
