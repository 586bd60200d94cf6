import { randomUUID } from 'node:crypto';
import { FlagError, preview } from '@flagwright/core';
import { demand, type Principal } from '../access/principal.ts';
import { answerOf, marked, refusal } from './answer.ts';
import { expectNoBody, readJson } from './body.ts';
import { type Cors, corsPolicy, dress, optionsAnswer } from './headers.ts';
import type { Logger } from './log.ts';
import type { Operation, Use } from './operation.ts';
import { addressOf, segmentsOf } from './path.ts';
import { checkParameter } from './path-parameters.ts';
import { Problem } from './problem.ts';
import { type QueryReader, queryReader } from './query.ts';
import { requestLine } from './request-line.ts';
import { type Entry, type Match, routes } from './routes.ts';
import { type Check, type Definitions, shapes } from './shape.ts';

/** A handler for all that is below a path. It reads and checks queries and bodies itself. */
export interface Mount {
  /** For the log and the metrics, in camel case as the ids of operations. */
  readonly id: string;
  /** `/a/{project}/b`: this path and all below it, but for those of operations. */
  readonly prefix: string;
  /** As of an operation; may depend on the method. */
  readonly access: Operation['access'] | ((method: string) => Operation['access']);
  /** By which of the caller's budgets all methods are counted. Default: `GET` and `HEAD` as reads, others as changes. */
  readonly counts?: Use | undefined;
  handle(request: Request, asked: Asked): Promise<Response>;
}

/** What is known of a request before its query and body are looked at. */
export interface Asked {
  /** Nobody, who may nothing, where the access is `public`. */
  readonly who: Principal;
  readonly requestId: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Answers a request; `address` is where it came from, if that is known. Never rejects. */
export type Route = (request: Request, address?: string) => Promise<Response>;

/** Hears of requests, to count them. */
export interface RequestMeter {
  started(): void;
  /** `operation` is `unknown` where there is none; `seconds` until the answer begins. */
  ended(method: string, operation: string, status: number, seconds: number): void;
}

/** Options of `router`. */
export interface RouterOptions {
  /** Who asks. Throws `Problem('UNAUTHORIZED')`. Must not read the body. */
  readonly authenticate: (request: Request, address: string | undefined) => Promise<Principal>;
  /** Counts a request. Throws `Problem('RATE_LIMITED')` with `Retry-After` if a caller is to wait. */
  readonly limit?: ((who: Principal, use: Use) => void) | undefined;
  readonly mounts?: readonly Mount[] | undefined;
  /** Schemas that those of bodies refer to as `#/definitions/<name>`. */
  readonly definitions?: Definitions | undefined;
  /** A body of more bytes is refused. Default: 1 MiB. */
  readonly maxBytes?: number | undefined;
  /** Default: no page of another origin may ask anything. */
  readonly cors?: Cors | undefined;
  /** Whether clients reach it over TLS only; then they are told to stay with it. Default: false. */
  readonly behindTls?: boolean | undefined;
  readonly log?: Logger | undefined;
  readonly metrics?: RequestMeter | undefined;
}

interface Target {
  readonly id: string;
  access(method: string): Operation['access'];
  /** Not by what the address looks like, which the caller chooses. */
  counts(method: string): Use;
  answer(request: Request, asked: Asked, query: string): Promise<Response>;
}

/** What is found out about a request while it is answered. */
interface Visit {
  readonly requestId: string;
  readonly address: string | undefined;
  path: string;
  target: Target | undefined;
  who: Principal | undefined;
  thrown: unknown;
}

/** Who asks where nobody needs to say who they are. */
const NOBODY: Principal = { subject: 'anonymous', token: undefined, role: 'sdk', projects: [], stages: [] };

/**
 * Leads requests to operations: finds the path, asks who it is, checks what they may do, the query and the body, and
 * answers with JSON or a problem (RFC 9457). The function it makes never rejects.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` for operations that cannot be told apart, or whose schemas are not complete.
 */
export function router(operations: readonly Operation[], options: RouterOptions): Route {
  const { authenticate, limit, mounts = [], log, metrics, behindTls = false } = options;
  const cors = corsPolicy(options.cors);
  const dressed = dress(cors, behindTls);
  const find = routes([...targets(operations, options), ...mounts.map(mounted)]);

  async function answer(request: Request, visit: Visit): Promise<Response> {
    const { path, query } = addressOf(request.url);
    visit.path = path;
    const { method } = request;
    const found = find(segmentsOf(path));
    if (found.kind === 'nothing') throw new Problem('NOT_FOUND', 'there is nothing at this path', { hint: found.hint });
    if (method === 'OPTIONS') {
      const methods = found.kind === 'mount' ? EVERY_METHOD : [...found.methods(), 'OPTIONS'].join(', ');
      return optionsAnswer(request, methods, path, cors);
    }
    const match = found.kind === 'mount' ? found.match : found.match(method);
    if (match === undefined) throw notAllowed(method, found.kind === 'mount' ? [] : found.methods());
    visit.target = match.target;
    for (const name of Object.keys(match.params)) checkParameter(name, match.params[name]!);
    const who = await admitted(request, match, visit);
    return match.target.answer(request, { who, requestId: visit.requestId, params: match.params }, query);
  }

  async function admitted(request: Request, { target, params }: Match<Target>, visit: Visit): Promise<Principal> {
    const access = target.access(request.method);
    if (access === 'public') return NOBODY;
    const who = await authenticate(request, visit.address);
    visit.who = who;
    limit?.(who, target.counts(request.method));
    if (access !== 'own') demand(who, access, { project: params.project, stage: params.stage });
    return who;
  }

  return async (request, address) => {
    const started = performance.now();
    const visit: Visit = {
      requestId: requestIdOf(request),
      address,
      path: '',
      target: undefined,
      who: undefined,
      thrown: undefined,
    };
    silently(() => metrics?.started());
    let response: Response;
    try {
      response = marked(await answer(request, visit), visit.requestId, request.method === 'HEAD');
    } catch (thrown) {
      visit.thrown = thrown;
      response = marked(refusal(thrown, visit.requestId), visit.requestId, request.method === 'HEAD');
    }
    dressed(response.headers, request, visit.path);
    const ms = performance.now() - started;
    silently(() => {
      const { path, who, thrown } = visit;
      const operation = visit.target?.id ?? 'unknown';
      const { method } = request;
      const { status } = response;
      metrics?.ended(method, operation, status, ms / 1_000);
      log?.(requestLine({ requestId: visit.requestId, method, operation, path, status, ms, who, thrown }));
    });
    return response;
  };
}

/** What is told of a request must not keep its answer from going out: it may be done already. */
function silently(tell: () => void): void {
  try {
    tell();
  } catch {
    // there is nobody to tell of it
  }
}

const EVERY_METHOD = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

function* targets(operations: readonly Operation[], options: RouterOptions): Iterable<Entry<Target>> {
  const { definitions = {}, maxBytes = 2 ** 20 } = options;
  const compile = shapes(definitions);
  const ids = new Set<string>();
  for (const operation of operations) {
    const { id, method, path, access, query, body, counts = useOf(method) } = operation;
    if (ids.has(id)) throw new FlagError('INVALID_ARGUMENT', `there are two operations ${preview(id)}`);
    ids.add(id);
    const check = body === undefined ? undefined : compile(body);
    const target = targetOf(operation, queryReader(query), check, Math.max(maxBytes, operation.maxBytes ?? 0));
    yield { path, method, target: { id, access: () => access, counts: () => counts, answer: target } };
  }
}

const useOf = (method: string): Use => (method === 'GET' || method === 'HEAD' ? 'read' : 'write');

function targetOf(
  operation: Operation,
  readQuery: QueryReader,
  check: Check | undefined,
  maxBytes: number,
): Target['answer'] {
  return async (request, { who, requestId, params }, text) => {
    const query = readQuery(text);
    let body: unknown;
    if (check === undefined) await expectNoBody(request);
    else {
      body = await readJson(request, maxBytes);
      check(body);
    }
    return answerOf(await operation.handle({ request, requestId, who, params, query, body }));
  };
}

function mounted(mount: Mount): Entry<Target> {
  const { id, prefix, access, counts } = mount;
  return {
    path: prefix,
    method: undefined,
    target: {
      id,
      access: (method) => (typeof access === 'function' ? access(method) : access),
      counts: (method) => counts ?? useOf(method),
      answer: (request, asked) => mount.handle(request, asked),
    },
  };
}

function notAllowed(method: string, methods: readonly string[]): Problem {
  const allow = methods.join(', ');
  return new Problem('METHOD_NOT_ALLOWED', `there is no method ${preview(method)} here; expected one of ${allow}`, {
    headers: { allow },
  });
}

/** What a client calls its request, if that is short and harmless, so that its log and ours can be laid side by side. */
function requestIdOf({ headers }: Request): string {
  const given = headers.get('x-request-id');
  return given !== null && /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/.test(given) ? given : randomUUID();
}
