import type { Told } from './errors/told.ts';
import type { Call } from './grammar/call.ts';
import { ENTRIES } from './grammar/catalog.ts';
import { discreet } from './grammar/discreet.ts';
import { commandAt } from './grammar/find.ts';
import { commandHelp, rootHelp } from './grammar/help.ts';
import { parseCall } from './grammar/parse.ts';
import type { World } from './world.ts';

export type { Terminal, World } from './world.ts';

/** Runs a command line; resolves to the exit code. Never rejects. */
export async function flagctl(args: readonly string[], outside: World): Promise<number> {
  const world = discreet(outside);
  let call: Call | undefined;
  try {
    if (args[0] === undefined || args[0] === 'help' || args[0] === '--help' || args[0] === '-h') {
      return await help(args, world);
    }
    if (args[0] === '__complete') {
      const { complete } = await import('./completion/complete.ts');
      return await complete(args.slice(1), world);
    }
    const { command, path, rest } = await commandAt(args[0] === '--version' ? ['version', ...args.slice(1)] : args);
    if (command.run === undefined) {
      await world.out(commandHelp(command, path));
      return rest.includes('--help') || rest.includes('-h') ? 0 : 2;
    }
    call = await parseCall(command, path, rest, world);
    if (call.has('help')) {
      await world.out(commandHelp(command, path));
      return 0;
    }
    return await command.run(call);
  } catch (thrown) {
    // nobody reads it any more, as with `| head`
    if ((thrown as { readonly code?: unknown } | null)?.code === 'EPIPE') return 0;
    const { toldOf } = await import('./errors/tell.ts');
    return await tell(await toldOf(thrown, call), args, world);
  }
}

async function help(args: readonly string[], world: World): Promise<number> {
  const words = args.slice(1).filter((word) => !word.startsWith('-'));
  if (args[0] === 'help' && words.length > 0) {
    const { command, path } = await commandAt(words);
    await world.out(commandHelp(command, path));
    return 0;
  }
  if (args.length === 0) world.err(rootHelp(ENTRIES));
  else await world.out(rootHelp(ENTRIES));
  return args.length === 0 ? 2 : 0;
}

async function tell(told: Told, args: readonly string[], world: World): Promise<number> {
  const { toldJson, toldText } = await import('./errors/tell.ts');
  const { safeLines } = await import('./output/safe.ts');
  const json = /^(?:-o=?|--output=)json$/;
  const asked = args.some(
    (arg, i) => json.test(arg) || (arg === 'json' && /^(?:-o|--output)$/.test(args[i - 1] ?? '')),
  );
  world.err(asked || world.env.FLAGCTL_OUTPUT === 'json' ? toldJson(told) : safeLines(toldText(told)));
  return told.exit;
}
