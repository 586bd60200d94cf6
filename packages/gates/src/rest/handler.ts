import { type Awaitable, checkSource, FlagError, type FlagSource, type FlagStore, publicError } from '@flagwright/core';
import { gateKey } from '../names.ts';
import { readGate } from './body.ts';
import { matches, noneMatches, tagOf, tagOfGate } from './entity-tag.ts';
import { gateStore, notSet, type StoredGate } from './gate-store.ts';
import { checkedOptions, type GateAction, type GatesHandlerOptions } from './options.ts';
import { problem, Refusal } from './problem.ts';
import { type Route, routeOf } from './route.ts';

/**
 * The gates of a cluster over HTTP, to mount in a server: a function from `Request` to `Response` that never rejects. A gate
 * is `{ "gate-key": "feature.<name>", "enabled": true }`, and either spelling of a name will do.
 *
 * - `GET /1.0/feature-gates`: the gates that are set, sorted by name
 * - `POST /1.0/feature-gates`: sets one; 201, or 409 if it is set
 * - `GET /1.0/feature-gates/{key}`: one, with its `ETag`; 404 if it is not set
 * - `PUT /1.0/feature-gates/{key}`: changes one; 404 if it is not set, unless `upsert`
 * - `DELETE /1.0/feature-gates/{key}`: unsets one by a tombstone; 204, or 404
 *
 * With `If-Match` a change is made only to what it names, else 412; without, the last write wins. Errors are
 * `application/problem+json` (RFC 9457) with the `code` of a `FlagError`. The store stays the caller's to close.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` for options that make no sense, or that do not say who may do what.
 */
export function gatesHandler(
  store: FlagSource | FlagStore,
  options: GatesHandlerOptions,
): (request: Request) => Promise<Response> {
  checkSource(store);
  const { authorize, path, upsert, maxBytes, timeout, by } = checkedOptions(options);
  const gates = gateStore(store, timeout);
  const writable = gates.change !== undefined;

  const location = (name: string): Readonly<Record<string, string>> => ({
    location: `${path}/${encodeURIComponent(gateKey(name))}`,
  });

  async function list({ method, headers }: Request): Promise<Response> {
    const all = (await gates.list()).map(shown);
    return fresh(method, headers, tagOf(all), all);
  }

  async function read({ method, headers }: Request, name: string): Promise<Response> {
    const gate = await gates.get(name);
    return fresh(method, headers, tagOfGate(gate), shown(gate));
  }

  async function create(request: Request): Promise<Response> {
    const { name, enabled } = await readGate(request, maxBytes);
    if (name === undefined) throw new FlagError('INVALID_ARGUMENT', 'gate-key is missing; expected "feature.<name>"');
    const made = await gates.change!(
      name,
      (gate) => {
        if (gate === undefined) {
          checkConditions(request.headers, gate);
          return enabled;
        }
        throw new Refusal(409, 'CONFLICT', `feature gate ${name} is set already. Hint: PUT changes it`);
      },
      await authorOf(request, by),
    );
    return written(made!, 201, location(name));
  }

  async function update(request: Request, name: string): Promise<Response> {
    const body = await readGate(request, maxBytes);
    if (body.name !== undefined && body.name !== name) {
      throw new FlagError('INVALID_ARGUMENT', `gate-key is ${body.name}, and the address has ${name}`);
    }
    let before: StoredGate | undefined;
    const made = await gates.change!(
      name,
      (gate) => {
        before = gate;
        if (gate === undefined && !upsert) throw notSet(name);
        checkConditions(request.headers, gate);
        return body.enabled;
      },
      await authorOf(request, by),
    );
    return before === undefined ? written(made!, 201, location(name)) : written(made!, 200);
  }

  async function remove(request: Request, name: string): Promise<Response> {
    await gates.change!(
      name,
      (gate) => {
        if (gate === undefined) throw notSet(name);
        checkConditions(request.headers, gate);
        return undefined;
      },
      await authorOf(request, by),
    );
    return new Response(null, { status: 204, headers: { 'cache-control': 'no-store' } });
  }

  async function answer(request: Request): Promise<Response> {
    const route = routeOf(request.url, path);
    const action = actionOf(request.method, route, writable);
    const barred = await bar(request, action, authorize);
    if (barred !== undefined) return barred;
    if (route.all) return action === 'list' ? list(request) : create(request);
    if (action === 'read') return read(request, route.name);
    return action === 'update' ? update(request, route.name) : remove(request, route.name);
  }

  return async (request) => {
    try {
      return await answer(request);
    } catch (thrown) {
      return problem(thrown instanceof Refusal ? thrown : publicError(thrown, 'UNAVAILABLE'));
    }
  };
}

/** What a request wants to do. Throws 405 for what nobody can do there. */
function actionOf(method: string, { all }: Route, writable: boolean): GateAction {
  const actions: Readonly<Record<string, GateAction>> = {
    GET: all ? 'list' : 'read',
    HEAD: all ? 'list' : 'read',
    ...(writable ? (all ? { POST: 'create' } : { PUT: 'update', DELETE: 'delete' }) : {}),
  };
  if (Object.hasOwn(actions, method)) return actions[method]!;
  const allow = Object.keys(actions).join(', ');
  throw new Refusal(405, 'UNSUPPORTED', `there is no such method here; expected one of ${allow}`, { allow });
}

/** The answer to a request that may not pass. What cannot be told to be allowed is not. */
async function bar(
  request: Request,
  action: GateAction,
  authorize: GatesHandlerOptions['authorize'],
): Promise<Response | undefined> {
  if (authorize === 'everybody') return undefined;
  const allowed = await given('authorize', () => authorize(request, action));
  if (allowed instanceof Response) return allowed;
  if (allowed === true) return undefined;
  throw new Refusal(401, 'UNAUTHORIZED', 'the credentials are missing, or not accepted');
}

/** The author of a change. */
async function authorOf(request: Request, by: GatesHandlerOptions['by']): Promise<string | undefined> {
  const author: unknown = by === undefined ? undefined : await given('by', () => by(request));
  if (author === undefined || typeof author === 'string') return author;
  throw new FlagError('UNAVAILABLE', 'by of this server says no text, and nothing was done');
}

/** What a function of the program says. What it throws is not repeated, unless it says that others may know it. */
async function given<T>(name: string, ask: () => Awaitable<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof FlagError) {
      throw thrown.code === 'UNAUTHORIZED' ? new Refusal(401, thrown.code, thrown.message) : thrown;
    }
    throw new FlagError('UNAVAILABLE', `${name} of this server has failed, and nothing was done`);
  }
}

/** Throws 412 if a change was meant for something else than what is there. */
function checkConditions(headers: Headers, gate: StoredGate | undefined): void {
  const tag = gate === undefined ? undefined : tagOfGate(gate);
  if (matches(headers.get('if-match'), tag) && noneMatches(headers.get('if-none-match'), tag)) return;
  throw new Refusal(412, 'CONFLICT', 'the gate is not what the request expects it to be. Hint: read it again');
}

const shown = ({ name, enabled }: StoredGate): object => ({ 'gate-key': gateKey(name), enabled });

/** What was read, or 304 for whoever has it. */
function fresh(method: string, asked: Headers, etag: string, body: unknown): Response {
  const headers = { etag, 'cache-control': 'no-cache' };
  if (!noneMatches(asked.get('if-none-match'), etag)) return new Response(null, { status: 304, headers });
  const text = JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  return new Response(method === 'HEAD' ? null : text, {
    headers: { ...headers, 'content-type': 'application/json', 'content-length': length },
  });
}

function written(gate: StoredGate, status: number, more: Readonly<Record<string, string>> = {}): Response {
  const headers = { etag: tagOfGate(gate), 'cache-control': 'no-store', ...more };
  return Response.json(shown(gate), { status, headers });
}
