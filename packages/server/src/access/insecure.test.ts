import { describe, expect, it } from 'vitest';
import { insecure } from './insecure.ts';
import { isLoopback } from './loopback.ts';

describe('isLoopback', () => {
  it.each<[string, boolean]>([
    ['localhost', true],
    ['LOCALHOST', true],
    ['127.0.0.1', true],
    ['127.8.9.1', true],
    ['::1', true],
    ['[::1]', true],
    ['0:0:0:0:0:0:0:1', true],
    ['::ffff:127.0.0.1', true],
    ['', false],
    ['0.0.0.0', false],
    ['::', false],
    ['[::]', false],
    ['::2', false],
    ['128.0.0.1', false],
    ['127.0.0.1.example.com', false],
    ['127.1', false],
    ['2130706433', false],
    ['localhost.example.com', false],
    ['app.localhost', false],
    ['::ffff:10.0.0.1', false],
    ['example.com', false],
  ])('of %j is %j', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe('a server without tokens', () => {
  const asked = (host: string | undefined, origin?: string): Request => {
    const headers = new Headers();
    if (host !== undefined) headers.set('host', host);
    if (origin !== undefined) headers.set('origin', origin);
    return new Request('http://localhost:8080/', { headers });
  };

  it.each<[string | undefined, string?]>([
    [undefined],
    ['localhost'],
    ['localhost:8080'],
    ['127.0.0.1:8080'],
    ['[::1]:8080'],
    ['localhost:8080', 'http://localhost:8080'],
    ['LOCALHOST:8080', 'http://localhost:8080'],
    ['localhost', 'http://localhost:80'],
    ['localhost', 'https://localhost'],
    ['[::1]:8080', 'http://[::1]:8080'],
    [undefined, 'http://localhost:8080'],
  ])('takes everybody for an admin: host %j, origin %j', (host, origin) => {
    expect(insecure()(asked(host, origin))).toEqual({
      subject: 'insecure',
      token: undefined,
      role: 'admin',
      projects: undefined,
      stages: undefined,
    });
  });

  it.each<[string, string?]>([
    ['evil.example'],
    ['localhost.evil.example:8080'],
    ['127.0.0.1.evil.example'],
    ['evil.example:8080', 'http://evil.example:8080'],
    ['localhost@evil.example'],
    ['evil.example, localhost'],
    ['localhost, localhost'],
    ['localhost:8080/'],
    ['localhost:'],
    ['10.0.0.1:8080'],
    [''],
    ['localhost:8080', 'http://evil.example'],
    ['localhost:8080', 'http://localhost:3000'],
    ['localhost:8080', 'http://localhost'],
    ['localhost:8080', 'https://localhost'],
    ['localhost:8080', 'http://127.0.0.1:8080'],
    ['localhost:8080', 'null'],
    ['localhost:8080', ''],
    ['localhost:8080', 'file://'],
    ['localhost:8080', 'http://localhost:8080, http://evil.example'],
    ['localhost:8080', 'http://evil.example@localhost:8080'],
    ['localhost:8080', 'http://localhost:8080/path'],
    ['localhost:8080', 'http://localhost:99999'],
    ['localhost:99999', 'http://localhost:99999'],
    ['localhost:8080', 'chrome-extension://abc'],
  ])('refuses host %j, origin %j, and says what to do', (host, origin) => {
    const problem = expect.objectContaining({ code: 'FORBIDDEN', hint: expect.stringContaining('tokens') });
    expect(() => insecure()(asked(host, origin))).toThrow(problem);
  });
});
