import type { ServeWorld } from './serve/serve.ts';
import { UsageError } from './usage-error.ts';

const HELP = `Usage: flagctl <command> [options]

  serve          start a control plane
  admin-token    make a token in its database, when all others are lost

flagctl <command> --help tells more.
`;

/**
 * Runs a command line; resolves to the exit code: 0, 1 for what went wrong, 2 for a command line that makes no sense.
 * Never rejects.
 */
export async function flagctl(args: readonly string[], world: ServeWorld): Promise<number> {
  const [command, ...rest] = args;
  try {
    switch (command) {
      case 'serve': {
        const { serve } = await import('./serve/serve.ts');
        return await serve(rest, world);
      }
      case 'admin-token': {
        const { adminToken } = await import('./serve/admin-token.ts');
        return await adminToken(rest, world);
      }
      case 'help':
      case '--help':
      case '-h':
        await world.out(HELP);
        return 0;
      case undefined:
        world.err(HELP);
        return 2;
      default:
        throw new UsageError(`there is no command ${JSON.stringify(command)}; expected serve or admin-token`);
    }
  } catch (thrown) {
    const { toldOf } = await import('./serve/options.ts');
    world.err(`flagctl: ${toldOf(thrown)}\n`);
    return thrown instanceof UsageError ? 2 : 1;
  }
}
