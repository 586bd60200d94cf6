import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Call } from '../grammar/call.ts';
import { nearest } from '../grammar/nearest.ts';
import type { Profile } from './config.ts';
import type { ConfigFile } from './read.ts';

/** Commands whose `--context` may be what flags are evaluated for: `{…}`, `@file` or `-`. */
const EVALUATING: ReadonlySet<string> = new Set(['exec', 'rollout', 'test']);

/** Whether a value of `--context` is an evaluation context, and no name of a context of the configuration. */
export function isEvaluationContext(value: string): boolean {
  return /^\s*\{/.test(value) || value.startsWith('@') || value === '-';
}

/** The context that was asked for, by `--cli-context`, `--context` or `FLAGCTL_CONTEXT`; undefined if none was. */
export function askedProfile({ world, path, text, texts }: Call): string | undefined {
  const given = texts('context').filter((value) => !EVALUATING.has(path[0] ?? '') || !isEvaluationContext(value));
  const name = text('cli-context') ?? given.at(-1) ?? world.env.FLAGCTL_CONTEXT;
  return name === '' ? undefined : name;
}

/** The context that holds for a command; undefined if there is none. Throws `CommandError` for one that is not there. */
export function profileIn({ config, at, shown }: ConfigFile, call: Call): Profile | undefined {
  const asked = askedProfile(call);
  const name = asked ?? config.currentContext;
  if (name === undefined) return undefined;
  const where = asked === undefined ? `${at(['current-context'])}: ` : '';
  return existing(config.contexts, name, where, shown);
}

/** A context by its name. Throws `CommandError` if it is not there. */
export function existing(contexts: readonly Profile[], name: string, where: string, shown: string): Profile {
  const profile = contexts.find((one) => one.name === name);
  if (profile !== undefined) return profile;
  const near = nearest(
    name,
    contexts.map((one) => one.name),
  );
  throw new CommandError(EXIT.notFound, `${where}there is no context ${JSON.stringify(name)} in ${shown}`, [
    ...(near === undefined ? [] : [`Did you mean ${JSON.stringify(near)}?`]),
    "Run 'flagctl config get-contexts' to list available contexts",
  ]);
}
