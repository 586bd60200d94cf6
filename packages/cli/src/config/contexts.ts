import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { shellWord } from '../output/shell-word.ts';
import { type Change, changeBy, checkedName } from './change.ts';
import { type Changes, changed, itemIn, withItem, withMember } from './edit.ts';
import { existing } from './profile.ts';
import type { ConfigFile } from './read.ts';

const q = (name: string): string => JSON.stringify(name);

/** `config use-context`. Throws `CommandError` for a context that there is none of. */
export function useContext(call: Call): Promise<number> {
  const [name = ''] = call.args;
  return changeBy(call, ({ config, document, shown }) => {
    existing(config.contexts, name, '', shown);
    const same = config.currentContext === name;
    return {
      document: same ? undefined : withMember(document, 'current-context', name),
      said: [same ? `context ${q(name)} is the current one already` : `switched to context ${q(name)}`],
    };
  });
}

/** `config set-context`. Only what is on the command line is changed: variables hold for other commands. */
export function setContext(call: Call): Promise<number> {
  const changes = changesOf(call);
  const [given] = call.args;
  if (given === undefined && !call.has('current')) {
    throw new UsageError('config set-context: the name is missing; expected a name, or --current');
  }
  return changeBy(call, (file) => {
    const { config, document } = file;
    const name = given ?? currentOf(file);
    const before = config.contexts.find((one) => one.name === name);
    if (before === undefined) checkedName(name, 'context');
    const old = itemIn(file, 'contexts', name);
    const item = { ...old, name, context: changed(old?.context, changes) };
    const becomes =
      config.currentContext !== name && (call.has('current') || (before === undefined && config.contexts.length === 0));
    const same = before !== undefined && JSON.stringify(old) === JSON.stringify(item);
    const said = [
      ...(same
        ? becomes
          ? []
          : [`context ${q(name)} unchanged`]
        : [`context ${q(name)} ${before === undefined ? 'created' : 'updated'}`]),
      ...(becomes ? [`switched to context ${q(name)}`] : []),
    ];
    const of = becomes ? withMember(document, 'current-context', name) : document;
    return {
      document: same && !becomes ? undefined : withItem(of, 'contexts', name, item),
      said,
      notes: notesOf(file, changes),
    };
  });
}

/** `config delete-context`. Throws `CommandError` for a context that there is none of. */
export function deleteContext(call: Call): Promise<number> {
  const [name = ''] = call.args;
  return changeBy(call, ({ config, document, shown }): Change => {
    existing(config.contexts, name, '', shown);
    const current = config.currentContext === name;
    const without = withItem(document, 'contexts', name, undefined);
    return {
      document: current ? withMember(without, 'current-context', undefined) : without,
      said: [`context ${q(name)} deleted`],
      notes: current ? ["It was the current one. Choose another: 'flagctl config use-context <name>'"] : [],
    };
  });
}

/** `config rename-context`. Throws `CommandError` for a context that there is none of, and where the other one is there. */
export function renameContext(call: Call): Promise<number> {
  const [name = '', next = ''] = call.args;
  return changeBy(call, (file): Change => {
    const { config, document, shown } = file;
    existing(config.contexts, name, '', shown);
    checkedName(next, 'context');
    if (name === next) return { document: undefined, said: [`context ${q(name)} unchanged`] };
    if (config.contexts.some((one) => one.name === next)) {
      throw new CommandError(EXIT.conflict, `there is a context ${q(next)} already`, [
        `Delete it: 'flagctl config delete-context ${shellWord(next)}'`,
      ]);
    }
    const of = config.currentContext === name ? withMember(document, 'current-context', next) : document;
    const item = { ...itemIn(file, 'contexts', name), name: next };
    return { document: withItem(of, 'contexts', name, item), said: [`context ${q(name)} renamed to ${q(next)}`] };
  });
}

/** What is to be changed; an empty text takes it out. Throws `UsageError`. */
function changesOf(call: Call): Changes {
  const given = (option: string): string | undefined => (call.has(option) ? call.text(option)?.trim() : undefined);
  const [environment, server] = [given('environment'), given('server')];
  if (environment !== undefined && server !== undefined && environment !== server) {
    throw new UsageError('--environment and --server are the same, and are given differently');
  }
  const address = environment ?? server;
  if (address !== undefined) checkAddress(address);
  const values = {
    environment: address,
    'token-ref': given('token-ref'),
    project: given('project'),
    stage: given('stage'),
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value === '' ? undefined : value]],
    ),
  );
}

/** Throws `UsageError` for what is no address; one with variables is looked at when it is used. */
function checkAddress(address: string): void {
  if (address === '' || address.includes('${')) return;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return;
  throw new UsageError('--server is no address; expected that of the server, as https://flags.example.com', [
    'Tokens go into a file: see flagctl config set-credentials --help',
  ]);
}

function notesOf({ config }: ConfigFile, changes: Changes): readonly string[] {
  const token = changes['token-ref'];
  if (token === undefined || config.tokens.some(({ name }) => name === token)) return [];
  return [`There is no token ${q(token)} yet. Keep one: 'flagctl config set-credentials ${shellWord(token)}'`];
}

function currentOf({ config, shown }: ConfigFile): string {
  if (config.currentContext !== undefined) return config.currentContext;
  throw new CommandError(EXIT.notFound, `there is no current context in ${shown}`, [
    "Choose one: 'flagctl config use-context <name>'",
  ]);
}
