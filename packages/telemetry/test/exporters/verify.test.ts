import { describe, expect, it } from 'vitest';
import { type SignedRequest, verifySignature } from '../../src/exporters/index.ts';

// The example that the libraries of the Standard Webhooks project test with: computed by others, not by us.
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = '{"test": 2432232314}';
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const timestamp = '1614265330';
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const now = 1_614_265_330_000;
const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };

const verify = (changes: object = {}, of: Partial<SignedRequest> = {}): boolean =>
  verifySignature({ secret, body, now, headers: { ...headers, ...changes }, ...of });

const inCapitals = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]));

describe('verifySignature', () => {
  it.each<[string, boolean]>([
    ['as text', verify()],
    ['as bytes', verify({}, { body: Buffer.from(body) })],
    ['with Headers', verify({}, { headers: new Headers(headers) })],
    [
      'with headers of another make',
      verify({}, { headers: { get: (name: string) => new Headers(headers).get(name) } as never }),
    ],
    ['with names in capitals', verify({}, { headers: inCapitals })],
    ['among others', verify({ 'webhook-signature': `v1a,${'A'.repeat(86)}== v1,no v2, ${signature}` })],
    ['with one of several secrets', verify({}, { secret: ['y'.repeat(24), secret] })],
    ['five minutes later', verify({}, { now: now + 300_000 })],
    ['five minutes earlier', verify({}, { now: now - 300_000 })],
    ['much later, if it may be', verify({}, { now: now + 86_400_000, tolerance: 86_400_000 })],
  ])('accepts the example of the specification %s', (_, accepted) => {
    expect(accepted).toBe(true);
  });

  it.each<[string, boolean]>([
    ['another body', verify({}, { body: `${body} ` })],
    ['another id', verify({ 'webhook-id': `${id}x` })],
    ['no id', verify({ 'webhook-id': undefined })],
    ['another time', verify({ 'webhook-timestamp': '1614265331' })],
    ['a time with a fraction', verify({ 'webhook-timestamp': `${timestamp}.0` })],
    ['a time that is none', verify({ 'webhook-timestamp': 'now' })],
    ['no time', verify({ 'webhook-timestamp': undefined })],
    ['two times', verify({ 'webhook-timestamp': [timestamp, timestamp] })],
    ['a time long ago', verify({}, { now: now + 301_000 })],
    ['a time to come', verify({}, { now: now - 301_000 })],
    ['a clock that does not work', verify({}, { now: Number.NaN })],
    ['no signature', verify({ 'webhook-signature': undefined })],
    ['an empty signature', verify({ 'webhook-signature': '' })],
    ['a shorter signature', verify({ 'webhook-signature': signature.slice(0, -2) })],
    ['a longer signature', verify({ 'webhook-signature': `${signature}AAAA` })],
    ['another version', verify({ 'webhook-signature': signature.replace('v1', 'v2') })],
    ['no version', verify({ 'webhook-signature': signature.slice(3) })],
    ['a signature after very many', verify({ 'webhook-signature': `${'v1,a '.repeat(1_000)}${signature}` })],
    ['another secret', verify({}, { secret: 'x'.repeat(24) })],
    ['the secret as plain text', verify({}, { secret: secret.slice('whsec_'.length) })],
    ['no headers', verify({}, { headers: {} })],
    ['headers of a prototype', verify({}, { headers: Object.create(headers) })],
  ])('refuses %s', (_, accepted) => {
    expect(accepted).toBe(false);
  });

  it.each<[string, object]>([
    ['a secret that is not set', { secret: undefined }],
    ['an empty secret', { secret: '' }],
    ['no secret', { secret: [] }],
    ['a secret that is too short', { secret: 'whsec_c2hvcnQ=' }],
    ['a body that was parsed', { body: { test: 2432232314 } }],
    ['no headers', { headers: null }],
    ['a tolerance that is none', { tolerance: -1 }],
  ])('throws at %s', (_, changes) => {
    const request = { secret, body, now, headers, ...changes } as SignedRequest;
    expect(() => verifySignature(request)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
