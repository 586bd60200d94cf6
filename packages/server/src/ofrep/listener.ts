import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../access/principal.ts';
import { type Answer, Refused, refusal } from './answer.ts';
import { MAX_BYTES, textOfBytes, tooLarge } from './context.ts';
import { evaluationPath, isEvaluation, isOfOne } from './evaluation-path.ts';
import type { Asked, Evaluations } from './evaluations.ts';

/** Options of `evaluationListener`. */
export interface EvaluationListenerOptions {
  /** Who asks. Throws `Problem`: `UNAUTHORIZED`, `RATE_LIMITED`. Must not read the body. */
  readonly admit: (incoming: IncomingMessage, address: string | undefined) => Promise<Principal>;
  /** What belongs on every answer of the server; lower case. */
  readonly headers?: ((incoming: IncomingMessage) => Readonly<Record<string, string>>) | undefined;
  /** Told of each answer, with the time until it was sent, in ms; must not throw. */
  readonly answered?: ((operation: 'flag' | 'flags', status: number, ms: number) => void) | undefined;
}

/**
 * Evaluations by way of `node:http` itself, without `Request` and `Response`, which cost several times what an evaluation
 * does. Takes `POST` of the paths of evaluations, and answers them; false: the request is not one, and was not touched.
 * `address` is where it came from, if that is known.
 */
export function evaluationListener(
  evaluations: Evaluations,
  options: EvaluationListenerOptions,
): (incoming: IncomingMessage, outgoing: ServerResponse, address?: string) => boolean {
  const { admit, headers, answered } = options;

  async function answer(
    incoming: IncomingMessage,
    path: string,
    query: string,
    address: string | undefined,
  ): Promise<Answer> {
    let key: string | undefined;
    try {
      const asked = evaluationPath(path)!;
      ({ key } = asked);
      const who = await admit(incoming, address);
      const question = askedBy(incoming, query);
      return await (key === undefined
        ? evaluations.flags(question, who, asked)
        : evaluations.flag(question, who, { ...asked, key }));
    } catch (thrown) {
      return refusal(thrown, key);
    }
  }

  return (incoming, outgoing, address) => {
    const { method, url = '' } = incoming;
    const mark = url.indexOf('?');
    const path = mark === -1 ? url : url.slice(0, mark);
    if (method !== 'POST' || !isEvaluation(path)) return false;
    const started = performance.now();
    // a socket that breaks while it is written to: there is nobody to answer any more
    outgoing.on('error', () => undefined);
    void answer(incoming, path, mark === -1 ? '' : url.slice(mark + 1), address).then((told) => {
      send(incoming, outgoing, told, headers?.(incoming));
      answered?.(isOfOne(path) ? 'flag' : 'flags', told.status, performance.now() - started);
    });
    return true;
  };
}

function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, headers, text }: Answer,
  more: Readonly<Record<string, string>> | undefined,
): void {
  if (outgoing.destroyed) return;
  const all: Record<string, string | number> = { ...more, ...headers };
  if (text !== undefined) all['content-length'] = Buffer.byteLength(text);
  outgoing.writeHead(status, all);
  outgoing.end(text);
  if (!incoming.complete) drop(incoming);
}

const MOST_DROPPED = 8 * 2 ** 20;

/** Reads the rest of a body that nobody wants, for the next request is behind it; a long one ends with its connection. */
function drop(incoming: IncomingMessage): void {
  let left = MOST_DROPPED;
  incoming.on('error', () => undefined);
  incoming.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) incoming.destroy();
  });
  incoming.resume();
}

function askedBy(incoming: IncomingMessage, query: string): Asked {
  return { text: () => textOf(incoming), ifNoneMatch: incoming.headers['if-none-match'], query };
}

function textOf(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const broken = (): void => {
      reject(new Refused('INVALID_ARGUMENT', 'PARSE_ERROR', 'the request broke off within its body'));
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length <= MAX_BYTES) {
        chunks.push(chunk);
        return;
      }
      incoming.off('data', take);
      reject(tooLarge());
    };
    if (incoming.destroyed) return broken();
    if (Number(incoming.headers['content-length']) > MAX_BYTES) return reject(tooLarge());
    incoming.on('data', take);
    incoming.on('error', broken);
    incoming.on('close', broken);
    incoming.on('end', () => {
      try {
        resolve(length === 0 ? '' : textOfBytes(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)));
      } catch (thrown) {
        reject(thrown);
      }
    });
  });
}
