/** What a handler has to say. */
export interface Answer {
  readonly status: number;
  /** JSON. */
  readonly body: string;
}

/** What is used of the response of node:http and express. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

/** What is used of fastify's reply. */
export interface FastifyReply {
  readonly sent: boolean;
  code(status: number): unknown;
  header(name: string, value: string): unknown;
  send(body: string): unknown;
}

/**
 * Answers GET and HEAD, and other methods with 405, in the way of whoever calls: `(request, response)` of node:http and
 * express, `(request, reply)` of fastify, and `(request)`, or a context that has one, for a `Response`.
 */
export interface Handler {
  (request: unknown, response: NodeResponse, next?: unknown): void;
  <Reply extends FastifyReply>(request: unknown, reply: Reply): Reply;
  (request?: unknown, ...rest: readonly unknown[]): Response;
}

const HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-store',
};

const REFUSAL: Answer = { status: 405, body: '{"error":"only GET and HEAD are answered"}' };

/** A handler that answers what `answer` returns, which must not throw. */
export function handlerOf(answer: () => Answer): Handler {
  function handle(request?: unknown, response?: unknown): unknown {
    const method = methodOf(request);
    const good = method === undefined || method === 'GET' || method === 'HEAD';
    const { status, body } = good ? answer() : REFUSAL;
    const headers = good ? HEADERS : { ...HEADERS, allow: 'GET, HEAD' };
    if (isNodeResponse(response)) {
      if (response.headersSent) return undefined;
      response.statusCode = status;
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      // node leaves out the body of an answer to HEAD by itself
      response.end(body);
      return undefined;
    }
    if (isFastifyReply(response)) {
      if (response.sent) return response;
      response.code(status);
      for (const [name, value] of Object.entries(headers)) response.header(name, value);
      response.send(body);
      return response;
    }
    return new Response(method === 'HEAD' ? null : body, { status, headers });
  }
  return handle as Handler;
}

/** The method of a request, or of the request that a context has, as hono's, SvelteKit's and Astro's do. */
function methodOf(request: unknown): string | undefined {
  const { method, req, request: inner } = (request ?? {}) as Record<string, { readonly method?: unknown } | undefined>;
  for (const one of [method, req?.method, inner?.method]) if (typeof one === 'string') return one;
  return undefined;
}

const has = (value: unknown, ...methods: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function');

const isNodeResponse = (value: unknown): value is NodeResponse => has(value, 'setHeader', 'end');
const isFastifyReply = (value: unknown): value is FastifyReply => has(value, 'code', 'header', 'send');
