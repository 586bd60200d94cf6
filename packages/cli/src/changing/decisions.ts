import { CommandError, EXIT } from '../errors/command-error.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import { checkNumbers } from './exact-numbers.ts';
import { type GivenText, givenText } from './given-json.ts';

/** What options say of what a flag does in a stage; null takes a member out. */
export interface Decisions {
  readonly enabled?: boolean;
  readonly defaultVariant?: string;
  readonly offVariant?: string;
  /** As text: a server takes it whole, where it would merge an object with the one it has. */
  readonly targeting?: string | null;
}

/** What `--enabled`, `--default-variant`, `--off-variant`, `--targeting` and `--clear-targeting` say. Throws `UsageError`, `CommandError`. */
export async function decisionsOf(call: Call): Promise<Decisions> {
  const [enabled, defaultVariant, offVariant] = ['enabled', 'default-variant', 'off-variant'].map(call.text);
  const targeting = await targetingIn(call);
  return {
    ...(enabled === undefined ? {} : { enabled: enabled === 'true' }),
    ...(defaultVariant === undefined ? {} : { defaultVariant: named('default-variant', defaultVariant) }),
    ...(offVariant === undefined ? {} : { offVariant: named('off-variant', offVariant) }),
    ...(targeting === undefined ? {} : { targeting }),
  };
}

function named(option: string, variant: string): string {
  if (variant !== '') return variant;
  throw new UsageError(`--${option} is empty; expected the name of a variant`);
}

async function targetingIn(call: Call): Promise<string | null | undefined> {
  const given = await givenText(call, 'targeting');
  if (call.has('clear-targeting')) {
    if (given === undefined) return null;
    throw new UsageError('--targeting and --clear-targeting are both given; expected one of them');
  }
  return given === undefined ? undefined : await targetingText(given);
}

/** Targeting as it can be sent; null for none. Throws `CommandError` if it is no JSON Logic. */
async function targetingText(given: GivenText): Promise<string | null> {
  const { text, where } = given;
  if (text.trim() === 'null') return null;
  // an empty variable of a shell must not take the targeting away
  if (text.trim() === '') throw new UsageError(`${where} is empty; expected JSON Logic, or null for none`);
  const { targetingOf } = await import('@flagwright/server/model');
  const { issues } = targetingOf({ targeting: text });
  if (issues.length === 0) {
    checkNumbers(text, where);
    return text;
  }
  throw new CommandError(EXIT.invalid, 'invalid targeting expression', [
    'Expected valid JSON Logic format',
    'See https://jsonlogic.com/ for syntax documentation',
    ...issues.map(
      ({ message, expected }) => `${where}: ${message}${expected === undefined ? '' : `; expected ${expected}`}`,
    ),
  ]);
}
