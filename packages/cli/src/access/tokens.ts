import { valueToYaml } from '@flagwright/core/text';
import type { ControlPlane } from '@flagwright/server/client';
import { warnOnce } from '../config/warn.ts';
import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { nearest } from '../grammar/nearest.ts';
import { commandLine } from '../output/command-line.ts';
import { fieldsText } from '../output/fields.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { tableText } from '../output/table.ts';
import { sessionOf } from '../session/session.ts';
import { confirmed } from '../terminal/confirm.ts';
import { expiryOf } from './expiry.ts';
import { scopeNotThere } from './scope.ts';
import { agoText, endText, scopeText, type TokenInfo } from './token-info.ts';
import { write } from './write.ts';

/** `token create`: prints the token alone. Throws `UsageError`, and what the server refuses. */
export async function createToken(call: Call): Promise<number> {
  const { world, args, text, texts } = call;
  const [name = ''] = args;
  const role = text('role');
  if (role === undefined) throw new UsageError('token create: what may it do? expected --role <role>');
  // what a context says is for whoever uses it, not for those who are given a token
  const [projects, stages] = [texts('project'), texts('stage')];
  if (role === 'sdk' && (projects.length !== 1 || stages.length !== 1)) {
    throw new UsageError(
      'a token with the role sdk is for one stage of one project; expected --project <id> --stage <id>',
    );
  }
  const expires = text('expires');
  const body = {
    name,
    role,
    ...(text('subject') === undefined ? {} : { subject: text('subject') }),
    ...(projects.length === 0 ? {} : { projects }),
    ...(stages.length === 0 ? {} : { stages }),
    ...(expires === undefined ? {} : { expiresAt: expiryOf(expires, world.now()) }),
  };
  if (call.has('dry-run')) {
    await world.out(`token/${safe(name)} created (dry run)\n`);
    return 0;
  }
  const { api } = await sessionOf(call);
  const made = (await write(api, 'token create', 'POST', '/tokens', body)) as TokenInfo & { readonly token: string };
  const output = outputOf(call);
  const isPlain = output !== 'json' && output !== 'yaml';
  try {
    const text = output === 'json' ? jsonText(made) : output === 'yaml' ? valueToYaml(made) : `${safe(made.token)}\n`;
    await world.out(text);
  } catch (thrown) {
    throw unseen(call, made, thrown);
  }
  if (isPlain) {
    const scope = `projects: ${scopeText(made.projects)}; stages: ${scopeText(made.stages)}`;
    const end = made.expiresAt === null ? 'does not expire' : `expires ${made.expiresAt}`;
    world.err(
      `${safe(`token "${made.name}" of ${made.subject} created: ${made.role}; ${scope}; ${end}. It is shown this once`)}\n`,
    );
    world.err(`Revoke it: '${commandLine(call, `token revoke ${safe(made.id)}`)}'\n`);
  }
  for (const one of await scopeNotThere(api, projects, stages, call)) warnOnce(world, one);
  return 0;
}

/** Of a token that was made, and that nobody has seen. */
function unseen(call: Call, { name, id }: TokenInfo, thrown: unknown): CommandError {
  const { message, code } = thrown as Error & { readonly code?: unknown };
  const why = code === 'EPIPE' ? 'nobody reads the standard output' : message;
  return new CommandError(EXIT.failed, `token ${JSON.stringify(name)} was created, and could not be shown: ${why}`, [
    `Its id is ${id}. Nobody has seen it, so revoke it: '${commandLine(call, `token revoke ${id}`)}'`,
    'Then create another one',
  ]);
}

/** `token list`. Throws what the server refuses. */
export async function listTokens(call: Call): Promise<number> {
  const { world } = call;
  const { api } = await sessionOf(call);
  const tokens = await allTokens(api, call.has('revoked'));
  const output = outputOf(call);
  if (output === 'json') await world.out(jsonText({ items: tokens }));
  else if (output === 'yaml') await world.out(valueToYaml({ items: tokens }));
  else if (output === 'name') await world.out(tokens.map(({ name }) => `${safe(name)}\n`).join(''));
  else {
    const { dim } = styleOf(call);
    const wide = output === 'wide';
    const titles = [
      'NAME',
      'ID',
      'ROLE',
      'PROJECTS',
      'STAGES',
      'LAST USED',
      'EXPIRES',
      ...(wide ? ['SUBJECT', 'CREATED'] : []),
    ];
    const headers = titles.map((title) =>
      title === 'PROJECTS' || title === 'STAGES' ? { title, shrinks: true as const } : { title },
    );
    const rows = tokens.map((one) => [
      one.revokedAt === null ? one.name : { text: one.name, paint: dim },
      one.id,
      one.role,
      scopeText(one.projects),
      scopeText(one.stages),
      agoText(one.lastUsedAt, world.now()),
      endText(one, world.now()),
      ...(wide ? [one.subject, `${agoText(one.createdAt, world.now())} by ${one.createdBy}`] : []),
    ]);
    await world.out(
      tableText(headers, rows, { columns: world.terminal.out && !wide ? world.terminal.columns : undefined }),
    );
  }
  return 0;
}

/** `token show`. Throws `CommandError` if there is none, and what the server refuses. */
export async function showToken(call: Call): Promise<number> {
  const { api } = await sessionOf(call);
  const { id } = await tokenNamed(api, call.args[0] ?? '');
  await tell(call, (await api.ask('GET', at(id))) as TokenInfo);
  return 0;
}

/** `token update`. Throws `UsageError`, `CommandError` if there is none, and what the server refuses. */
export async function updateToken(call: Call): Promise<number> {
  const { world, text } = call;
  const [name, expires] = [text('name'), text('expires')];
  if (name === undefined && expires === undefined)
    throw new UsageError('token update: nothing is to be changed; expected --name or --expires');
  const expiresAt = expires === undefined ? undefined : expires === 'never' ? null : expiryOf(expires, world.now());
  const { api } = await sessionOf(call);
  const found = await tokenNamed(api, call.args[0] ?? '');
  if (call.has('dry-run')) {
    await world.out(`token/${safe(found.name)} updated (dry run)\n`);
    return 0;
  }
  await tell(call, (await write(api, 'token update', 'PATCH', at(found.id), { name, expiresAt })) as TokenInfo);
  return 0;
}

/** `token revoke`. Throws `CommandError` if there is none, or nobody can be asked, and what the server refuses. */
export async function revokeToken(call: Call): Promise<number> {
  const { world } = call;
  const { api } = await sessionOf(call);
  const { id, name, subject, role } = await tokenNamed(api, call.args[0] ?? '');
  if (!(await confirmed(call, safe(`Revoke token "${name}" (${id}), ${role} of ${subject}, for good?`)))) {
    world.err('Nothing was revoked\n');
    return EXIT.failed;
  }
  if (!call.has('dry-run')) await api.ask('DELETE', at(id));
  await world.out(`token/${safe(name)} revoked${call.has('dry-run') ? ' (dry run)' : ''}\n`);
  return 0;
}

const at = (id: string): string => `/tokens/${encodeURIComponent(id)}`;

/** A token by its id or its name. Whoever gives the text of a token is told the id of it, and the text is shown nowhere. */
async function tokenNamed(api: ControlPlane, given: string): Promise<TokenInfo> {
  const id = /^fwt_([a-z2-7]{10,32})_/.exec(given)?.[1] ?? given;
  const tokens = await allTokens(api, true);
  const found = tokens.find((one) => one.id === id) ?? tokens.find((one) => one.name === id);
  if (found !== undefined) return found;
  const near = nearest(
    id,
    tokens.map(({ name }) => name),
  );
  throw new CommandError(EXIT.notFound, `there is no token ${JSON.stringify(id)}`, [
    ...(near === undefined ? [] : [`Did you mean ${JSON.stringify(near)}?`]),
    "Run 'flagctl token list' to list available tokens",
  ]);
}

async function allTokens({ ask }: ControlPlane, includeRevoked: boolean): Promise<readonly TokenInfo[]> {
  const all: TokenInfo[] = [];
  for (let page = 1; ; page++) {
    const { items } = (await ask('GET', '/tokens', { query: { includeRevoked, page, pageSize: 1_000 } })) as {
      readonly items: readonly TokenInfo[];
    };
    all.push(...items);
    if (items.length < 1_000) return all;
  }
}

async function tell(call: Call, token: TokenInfo): Promise<void> {
  const { world } = call;
  const output = outputOf(call);
  if (output === 'json') await world.out(jsonText(token));
  else if (output === 'yaml') await world.out(valueToYaml(token));
  else if (output === 'name') await world.out(`${safe(token.name)}\n`);
  else {
    await world.out(
      fieldsText([
        ['Name', token.name],
        ['Id', token.id],
        ['Subject', token.subject],
        ['Role', token.role],
        ['Projects', scopeText(token.projects)],
        ['Stages', scopeText(token.stages)],
        ['Created', `${token.createdAt} by ${token.createdBy}`],
        ['Last used', agoText(token.lastUsedAt, world.now())],
        ['Expires', endText(token, world.now())],
      ]),
    );
  }
}
