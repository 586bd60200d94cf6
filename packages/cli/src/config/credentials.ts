import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { nearest } from '../grammar/nearest.ts';
import { shellWord } from '../output/shell-word.ts';
import { type Change, changeBy, checkedName } from './change.ts';
import { type Changes, changed, itemIn, withItem } from './edit.ts';
import { checked } from './token.ts';
import { warnOnce } from './warn.ts';

const q = (name: string): string => JSON.stringify(name);

/** `config set-credentials`. Throws `UsageError`, or `CommandError` if nobody can be asked, or what was given is no token. */
export async function setCredentials(call: Call): Promise<number> {
  const name = checkedName(call.args[0] ?? '', 'token');
  const changes = await changesOf(call, name);
  return changeBy(call, (file): Change => {
    const { config, document } = file;
    const there = config.tokens.some((one) => one.name === name);
    const item = changed(itemIn(file, 'tokens', name) ?? { name }, changes);
    const used = config.contexts.some(({ tokenRef }) => tokenRef === name);
    return {
      document: withItem(document, 'tokens', name, item),
      said: [`token ${q(name)} ${there ? 'updated' : 'created'}`],
      notes: used ? [] : [`No context has it yet: 'flagctl config set-context <name> --token-ref ${shellWord(name)}'`],
    };
  });
}

/** `config delete-credentials`. Throws `CommandError` for a token that there is none of. */
export function deleteCredentials(call: Call): Promise<number> {
  const [name = ''] = call.args;
  return changeBy(call, ({ config, document, shown }): Change => {
    const names = config.tokens.map((one) => one.name);
    if (!names.includes(name)) {
      const near = nearest(name, names);
      throw new CommandError(EXIT.notFound, `there is no token ${q(name)} in ${shown}`, [
        ...(near === undefined ? [] : [`Did you mean ${q(near)}?`]),
        "Run 'flagctl config view' to list available tokens",
      ]);
    }
    const left = config.contexts.filter(({ tokenRef }) => tokenRef === name).map((one) => q(one.name));
    return {
      document: withItem(document, 'tokens', name, undefined),
      said: [`token ${q(name)} deleted`],
      notes: left.length === 0 ? [] : [`Contexts that have none now: ${left.join(', ')}`],
    };
  });
}

async function changesOf(call: Call, name: string): Promise<Changes> {
  const ways = ['token', 'token-stdin', 'token-command'].filter((option) => call.has(option));
  if (ways.length > 1) throw new UsageError(`--${ways.join(' and --')} are given; expected one of them`);
  if (call.has('token-command')) {
    const command = call.text('token-command')?.trim();
    if (command !== undefined && command !== '') return { command, token: undefined };
    throw new UsageError('--token-command is empty; expected a command that prints the token');
  }
  const token = (await textOf(call, name)).trim();
  return { token: token.includes('${') ? token : checked(token, 'what was given'), command: undefined };
}

async function textOf(call: Call, name: string): Promise<string> {
  const { world } = call;
  if (call.has('token')) {
    const given = call.text('token') ?? '';
    // a variable is no secret
    if (!given.includes('${')) {
      warnOnce(
        world,
        'others on this machine can see the token in the list of processes, and your shell may keep it. Hint: --token-stdin',
      );
    }
    return given;
  }
  if (call.has('token-stdin')) return world.input();
  if (!world.terminal.in || call.has('plain')) {
    throw new UsageError(
      'config set-credentials: there is no token; expected --token-stdin, --token-command or --token',
    );
  }
  const typed = await (world.askSecret ?? world.ask)(`Token for ${q(name)}: `);
  if (typed !== undefined && typed.trim() !== '') return typed;
  throw new CommandError(EXIT.interrupted, 'no token was typed; nothing was changed');
}
