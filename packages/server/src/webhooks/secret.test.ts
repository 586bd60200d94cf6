import { describe, expect, it } from 'vitest';
import { makeSecret, signatures } from './secret.ts';

describe('signatures of webhooks', () => {
  const signed = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' };
  const known = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

  it('are those of the reference vector of the specification', () => {
    expect(signatures(signed, [known])).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('are one for each secret, with a blank between', () => {
    const other = makeSecret();
    const both = signatures(signed, [other, known]).split(' ');
    expect(both).toEqual([signatures(signed, [other]), signatures(signed, [known])]);
    expect(both[0]).not.toBe(both[1]);
  });

  it('differ by id, time and body', () => {
    const all = [
      signed,
      { ...signed, id: 'other' },
      { ...signed, timestamp: 1 },
      { ...signed, body: '{"test":2432232314}' },
    ].map((one) => signatures(one, [known]));
    expect(new Set(all).size).toBe(4);
  });

  it('are made with 32 random bytes', () => {
    const secret = makeSecret();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
    expect(makeSecret()).not.toBe(secret);
  });
});
