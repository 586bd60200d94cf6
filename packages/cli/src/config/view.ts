import { valueToYaml } from '@flagwright/core/text';
import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Call } from '../grammar/call.ts';
import { jsonText, outputOf } from '../output/output.ts';
import { safe } from '../output/safe.ts';
import { styleOf } from '../output/style.ts';
import { tableText } from '../output/table.ts';
import type { Config, Profile } from './config.ts';
import { hidden, masked, withoutPassword } from './mask.ts';
import { configPlace } from './place.ts';
import { askedProfile, existing } from './profile.ts';
import { readConfig } from './read.ts';

/** `config view`. */
export async function view(call: Call): Promise<number> {
  const { config, document } = await readConfig(call.world, configPlace(call));
  const value = call.has('raw') ? { apiVersion: 'v1', kind: 'Config', ...document } : shownConfig(config);
  await call.world.out(call.text('output') === 'json' ? jsonText(value) : valueToYaml(value));
  return 0;
}

/** `config get-contexts`. */
export async function getContexts(call: Call): Promise<number> {
  const { config, shown } = await readConfig(call.world, configPlace(call));
  const { currentContext, contexts } = config;
  const [name] = call.args;
  const some = name === undefined ? contexts : [existing(contexts, name, '', shown)];
  const { world } = call;
  const output = outputOf(call);
  if (output === 'name') await world.out(some.map((one) => `${safe(one.name)}\n`).join(''));
  else if (output === 'json' || output === 'yaml') {
    const items = some.map((one) => ({
      name: one.name,
      current: one.name === currentContext,
      context: shownContext(one),
    }));
    await world.out(output === 'json' ? jsonText({ items }) : valueToYaml({ items }));
  } else if (some.length === 0) {
    world.err(`There are no contexts in ${shown}. Make one: 'flagctl config set-context <name> --server <url>'\n`);
  } else {
    const { green } = styleOf(call);
    const headers = ['CURRENT', 'NAME', 'SERVER', 'PROJECT', 'STAGE', ...(output === 'wide' ? ['TOKEN'] : [])];
    const rows = some.map((one) => [
      one.name === currentContext ? { text: '*', paint: green } : '',
      one.name,
      withoutPassword(one.environment ?? ''),
      one.project ?? '',
      one.stage ?? '',
      ...(output === 'wide' ? [one.tokenRef ?? ''] : []),
    ]);
    await world.out(
      tableText(
        headers.map((title) => ({ title })),
        rows,
      ),
    );
  }
  return 0;
}

/** `config current-context`: that which would hold for a command. Throws `CommandError` if there is none. */
export async function currentContext(call: Call): Promise<number> {
  const { config, shown } = await readConfig(call.world, configPlace(call));
  const name = askedProfile(call) ?? config.currentContext;
  if (name === undefined) {
    throw new CommandError(EXIT.notFound, `there is no current context in ${shown}`, [
      "Choose one: 'flagctl config use-context <name>'",
    ]);
  }
  await call.world.out(`${safe(existing(config.contexts, name, '', shown).name)}\n`);
  return 0;
}

/** `config path`. */
export async function path(call: Call): Promise<number> {
  await call.world.out(`${safe(configPlace(call).path)}\n`);
  return 0;
}

/** All that is known of a configuration, and nothing that is secret. */
function shownConfig({ currentContext: current, contexts, tokens }: Config): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    ...(current === undefined ? {} : { 'current-context': current }),
    contexts: contexts.map((one) => ({ name: one.name, context: shownContext(one) })),
    tokens: tokens.map(({ name, token, command }) => ({
      name,
      ...(token === undefined ? {} : { token: masked(token) }),
      ...(command === undefined ? {} : { command: hidden(command) }),
    })),
  };
}

function shownContext({ environment, tokenRef, project, stage }: Profile): Readonly<Record<string, string>> {
  return {
    ...(environment === undefined ? {} : { environment: withoutPassword(environment) }),
    ...(tokenRef === undefined ? {} : { 'token-ref': tokenRef }),
    ...(project === undefined ? {} : { project }),
    ...(stage === undefined ? {} : { stage }),
  };
}
