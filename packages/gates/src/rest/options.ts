import { type Awaitable, checkDuration, FlagError, oneOf, preview, suggest } from '@flagwright/core';

/** What a request wants to do. */
export type GateAction = 'list' | 'read' | 'create' | 'update' | 'delete';

/** Whether a request may do what it wants: true lets it pass, false is 401, and a response is the answer. */
export type Authorize = (request: Request, action: GateAction) => Awaitable<boolean | Response>;

/** Options of `gatesHandler`. */
export interface GatesHandlerOptions {
  /**
   * Asked at each request, before anything is read; must not read the body. There is no default: whoever leaves the door
   * open says so with `everybody`.
   */
  readonly authorize: Authorize | 'everybody';
  /** Where the gates are on the server. Default: `/1.0/feature-gates`. */
  readonly path?: string | undefined;
  /** PUT of a gate that is not set sets it, instead of 404. Default: false. */
  readonly upsert?: boolean | undefined;
  /** A body of more bytes is refused. Default: 16 KiB. */
  readonly maxBytes?: number | undefined;
  /**
   * A read or a write of the store that takes longer, in ms, has failed; a change waits and tries as long while others
   * change the same gate. Default: 10,000.
   */
  readonly timeout?: number | undefined;
  /** The author of a change, for stores that keep it. */
  readonly by?: ((request: Request) => Awaitable<string | undefined>) | undefined;
}

/** Options that make sense. */
export interface CheckedGatesOptions {
  readonly authorize: Authorize | 'everybody';
  readonly path: string;
  readonly upsert: boolean;
  readonly maxBytes: number;
  readonly timeout: number;
  readonly by: GatesHandlerOptions['by'];
}

const OPTIONS: readonly string[] = ['authorize', 'path', 'upsert', 'maxBytes', 'timeout', 'by'];

/** The options with their defaults. Throws `FlagError('INVALID_ARGUMENT')`. */
export function checkedOptions(options: GatesHandlerOptions): CheckedGatesOptions {
  const { authorize, path = '/1.0/feature-gates', upsert = false, by } = options ?? {};
  const { maxBytes = 16_384, timeout = 10_000 } = options ?? {};
  if (typeof authorize !== 'function' && authorize !== 'everybody') {
    const expected = "a function that says who may do what, or 'everybody'";
    throw new FlagError('INVALID_ARGUMENT', `authorize is ${preview(authorize)}; expected ${expected}`);
  }
  for (const option of Object.keys(options)) {
    if (OPTIONS.includes(option)) continue;
    const near = suggest(option, OPTIONS);
    const hint = near === undefined ? '' : `. Hint: did you mean ${near}?`;
    throw new FlagError('INVALID_ARGUMENT', `there is no option ${preview(option)}; expected ${oneOf(OPTIONS)}${hint}`);
  }
  checkPath(path);
  if (typeof upsert !== 'boolean') {
    throw new FlagError('INVALID_ARGUMENT', `upsert is ${preview(upsert)}; expected true or false`);
  }
  if (by !== undefined && typeof by !== 'function') {
    throw new FlagError('INVALID_ARGUMENT', `by is ${preview(by)}; expected a function from a request to its author`);
  }
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw new FlagError('INVALID_ARGUMENT', `maxBytes is ${preview(maxBytes)}; expected a number of bytes`);
  }
  checkDuration('timeout', timeout);
  return { authorize, path, upsert, maxBytes, timeout, by };
}

/** Checks that requests can have this path, in this form: addresses are compared as they come out of `URL`. */
function checkPath(path: unknown): void {
  if (typeof path === 'string' && /^(?:\/[^/?#\s]+)+$/.test(path)) {
    const { pathname } = new URL(path, 'http://localhost');
    if (pathname === path) return;
    throw new FlagError('INVALID_ARGUMENT', `path is ${preview(path)}, and addresses have it as ${preview(pathname)}`);
  }
  throw new FlagError('INVALID_ARGUMENT', `path is ${preview(path)}; expected one like "/1.0/feature-gates"`);
}
