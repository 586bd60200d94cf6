import type { Command } from '../grammar/command.ts';

/** The levels of the log. */
const LEVELS = ['debug', 'info', 'warn', 'error'];

/** `flagctl serve`. */
export const command: Command = {
  name: 'serve',
  usage: ['[options]'],
  summary: 'start a control plane',
  description: [
    'Starts a control plane: projects, stages, flags, change requests, and what applications read. It ends at SIGINT and SIGTERM, after what is under way; the second signal ends it at once.',
    'The first start makes the database, and prints the token of the first admin, this once.',
  ],
  options: [
    {
      name: 'data-dir',
      value: 'folder',
      summary: 'the embedded database, made if it is not there',
      otherwise: 'flagwright-data',
      complete: 'file',
    },
    {
      name: 'database',
      value: 'url',
      summary: 'a PostgreSQL instead: postgres://user@host/database',
      env: 'FLAGWRIGHT_DATABASE',
    },
    { name: 'host', value: 'address', summary: 'where to listen', otherwise: '127.0.0.1' },
    { name: 'port', value: 'number', summary: 'where to listen; 0: any that is free', otherwise: '8080' },
    {
      name: 'stage',
      value: 'id',
      many: true,
      summary: 'a stage to make at the first start',
      otherwise: 'dev, staging, production',
    },
    {
      name: 'token-file',
      value: 'file',
      summary: 'write the first token to a file only its owner can read, and do not print it',
      complete: 'file',
    },
    { name: 'insecure', summary: 'no tokens; on loopback only' },
    {
      name: 'cors-origin',
      value: 'origin',
      many: true,
      summary: 'whose pages may evaluate flags',
      otherwise: 'none',
    },
    { name: 'public-url', value: 'url', summary: 'the address for browsers, where that is another' },
    { name: 'tls-cert', value: 'file', summary: 'the certificate, as PEM; with --tls-key', complete: 'file' },
    { name: 'tls-key', value: 'file', summary: 'its key, as PEM', complete: 'file' },
    { name: 'behind-tls', summary: 'clients reach it over TLS only: tell them to stay with it' },
    {
      name: 'trust-proxy',
      value: 'hops',
      summary: 'how many proxies of yours are in front: the last of X-Forwarded-For are believed',
      otherwise: '0',
    },
    {
      name: 'streams-per-set',
      value: 'number',
      summary: 'event streams of remote evaluation that may be open for one set of flags',
      otherwise: '5000',
    },
    {
      name: 'streams-per-token',
      value: 'number',
      summary: 'event streams of /sets that may be open with one token',
      otherwise: '1000',
    },
    { name: 'public-metrics', summary: '/metrics needs no token' },
    { name: 'allow-private-webhooks', summary: 'webhooks may be sent to addresses that are not public' },
    {
      name: 'log-level',
      value: 'level',
      choices: LEVELS,
      summary: 'how much is logged, as JSON lines on the standard error',
      otherwise: 'info',
    },
  ],
  examples: [
    { title: 'to try it: an embedded database, no tokens', line: 'flagctl serve --insecure' },
    {
      title: 'for a team',
      line: 'flagctl serve --database postgres://flagwright@db.internal/flags --host 0.0.0.0 --behind-tls --trust-proxy 1',
    },
  ],
  async run(call) {
    const { serve } = await import('../serve/serve.ts');
    return await serve(call);
  },
};
