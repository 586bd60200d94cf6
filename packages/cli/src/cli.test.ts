import { expect, it } from 'vitest';
import { ran as runs } from '../test/world.ts';

const ran = (...args: string[]) => runs(args);

it.each([
  [['--help'], /serve +start a control plane/],
  [['serve', '--help'], /--data-dir <folder>/],
  [['admin-token', '--help'], /--name <name>/],
])('%j tells what there is', async (args, text) => {
  expect(await ran(...args)).toMatchObject({ code: 0, out: expect.stringMatching(text), err: '' });
});

it.each<[args: string[], message: RegExp]>([
  [[], /Usage: flagctl <command>/],
  [['server'], /there is no command "server"\n {2}Did you mean "serve"\?/],
  [['serve', 'here'], /here/],
  [['serve', '--prot', '1'], /--prot/],
  [['serve', '--port', 'http'], /--port is "http"; expected a number from 0 to 65535/],
  [['serve', '--port', '65536'], /expected a number from 0 to 65535/],
  [['serve', '--trust-proxy', 'all'], /--trust-proxy is "all"; expected a number of proxies, from 0 to 20/],
  [['serve', '--streams-per-token', '0'], /--streams-per-token is "0"; expected a number of event streams, from 1/],
  [['serve', '--log-level', 'loud'], /--log-level is "loud"; expected one of debug, info, warn, error/],
  [['serve', '--database', 'a', '--data-dir', 'b'], /--database and --data-dir are both given/],
  [['serve', '--tls-cert', 'a'], /--tls-cert and --tls-key go together/],
  [['serve', '--insecure', '--host', '0.0.0.0'], /of loopback only/],
  [['admin-token'], /--name is missing/],
])('%j is a command line that makes no sense', async (args, message) => {
  expect(await ran(...args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(message) });
});

it('a server that cannot start says why, without a stack', async () => {
  const { code, err } = await ran('serve', '--database', 'postgres://nobody:secret@127.0.0.1:1/none');
  expect(code).toBe(1);
  expect(err).toMatch(/^Error: PostgreSQL cannot be reached/);
  expect(err).not.toContain('secret');
  expect(err).not.toContain('    at ');
});

it('files that cannot be read are told by name, without a stack', async () => {
  const { code, err } = await ran('serve', '--tls-cert', 'no/cert.pem', '--tls-key', 'no/key.pem');
  expect({ code, err }).toEqual({
    code: 1,
    err: 'Error: --tls-cert is "no/cert.pem", which cannot be read (ENOENT); expected a PEM file\n',
  });
});
