import type { Given } from '../output/command-line.ts';
import { jsonLine } from '../output/json.ts';
import { EXIT, type Exit } from './command-error.ts';
import type { Told } from './told.ts';

interface Shaped {
  readonly name?: unknown;
  readonly message: string;
  readonly code?: unknown;
  readonly status?: number;
  readonly exit?: Exit;
  readonly hint?: string;
  readonly hints?: readonly string[];
  readonly issues?: readonly unknown[];
  readonly members?: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

/**
 * What an error is told as; the commands it shows go where the command line `given` goes. Errors are told apart by their names,
 * for a server has classes of its own.
 */
export async function toldOf(thrown: unknown, given?: Given): Promise<Told> {
  if (!(thrown instanceof Error)) return { exit: EXIT.failed, message: String(thrown), hints: [] };
  const error = thrown as Error & Shaped;
  const { name, message, hints = [] } = error;
  switch (name) {
    case 'UsageError':
      return { exit: EXIT.usage, message, hints };
    case 'CommandError':
      return {
        exit: error.exit ?? EXIT.failed,
        message,
        hints,
        ...(error.more === undefined ? {} : { more: error.more }),
      };
    case 'ApiError': {
      const { toldOfApi } = await import('./tell-api.ts');
      return toldOfApi(thrown as never, given);
    }
    case 'FlagError':
      return { exit: exitOfFlagError(String(error.code)), message, hints, more: { code: error.code } };
    case 'Problem':
      return { exit: EXIT.failed, message, hints: error.hint === undefined ? [] : [error.hint] };
    default:
      // what the system refused says it all; of what nobody foresaw, where it was helps
      return { exit: EXIT.failed, message: 'syscall' in error ? message : (error.stack ?? message), hints: [] };
  }
}

function exitOfFlagError(code: string): Exit {
  switch (code) {
    case 'PARSE_ERROR':
    case 'TOO_LARGE':
      return EXIT.invalid;
    case 'INVALID_ARGUMENT':
      return EXIT.usage;
    case 'NOT_FOUND':
      return EXIT.notFound;
    case 'UNAUTHORIZED':
      return EXIT.unauthorized;
    case 'CONFLICT':
    case 'MANAGED':
      return EXIT.conflict;
    default:
      return EXIT.failed;
  }
}

/** An error as text: `Error: …` and its hints. */
export function toldText({ message, hints }: Told): string {
  return `${[`Error: ${message}`, ...hints.flatMap((hint) => hint.split('\n').map((line) => `  ${line}`))].join('\n')}\n`;
}

/** An error for programs. */
export function toldJson({ exit, message, hints, more }: Told): string {
  return jsonLine({ error: { ...more, message, ...(hints.length === 0 ? {} : { hints }), exit } });
}
