import { parseText } from '@flagwright/core/text';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { readText } from '../manifests/documents.ts';
import { jsonText } from '../output/output.ts';
import { sessionOf } from '../session/session.ts';

const BASE = '/platform/feature-flag-management/v0.3';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Of a name and a value that a header can have. */
const HEADER = /^[\w-]+:[\t\x20-\x7e]*$/;

/** `api`: a request as it is. Throws `UsageError`, `CommandError` for data that cannot be read, and what the server refuses. */
export async function request(call: Call): Promise<number> {
  const { world, args, texts } = call;
  const method = (args[0] ?? '').toUpperCase();
  if (!METHODS.includes(method)) {
    throw new UsageError(`api: ${JSON.stringify(args[0])} is no method; expected one of ${METHODS.join(', ')}`);
  }
  const path = pathOf(args[1] ?? '');
  const [query, headers] = [pairsOf(texts('query'), 'query', '='), pairsOf(texts('header'), 'header', ':')];
  const body = await bodyOf(call);
  const { api, settings } = await sessionOf(call, { anything: true });
  if (call.has('dry-run')) {
    const more = new URLSearchParams(query).toString();
    await world.out(`${method} ${settings.server.replace(/\/+$/, '')}${BASE}${path}${more === '' ? '' : `?${more}`}\n`);
    if (body !== undefined) await world.out(jsonText(body));
    return 0;
  }
  const answer = await api.ask(method, path, { query, headers, body });
  if (answer !== undefined) await world.out(jsonText(answer));
  return 0;
}

/** Below the base of the API, whether that is written too or not. */
function pathOf(given: string): string {
  if (given.startsWith(`${BASE}/`)) return given.slice(BASE.length);
  if (/^\/(?!\/)[^#\s]*$/.test(given)) return given;
  throw new UsageError(`api: the path is ${JSON.stringify(given)}; expected one below ${BASE}, as /projects`);
}

function pairsOf(given: readonly string[], option: string, sign: string): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf(sign);
      if (at > 0 && (option !== 'header' || HEADER.test(text)))
        return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
      throw new UsageError(`--${option} is ${JSON.stringify(text)}; expected as name${sign}value`);
    }),
  );
}

/** What is sent: JSON, or YAML, of the command line, a file or the standard input. */
async function bodyOf({ world, text }: Call): Promise<unknown> {
  const data = text('data');
  if (data === undefined) return undefined;
  const { file, text: content } =
    data === '-' || data.startsWith('@')
      ? await readText(world, data === '-' ? data : data.slice(1), '--data')
      : { file: '--data', text: data };
  const { document, issues } = parseText(content, { file, format: file.endsWith('.json') ? 'json' : 'yaml' });
  if (issues.every(({ code }) => code !== 'empty-document')) return document;
  throw new UsageError(`${file} holds nothing; expected JSON`);
}
