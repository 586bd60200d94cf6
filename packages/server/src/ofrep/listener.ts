import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../access/principal.ts';
import { type Answer, Refused, refusal } from './answer.ts';
import { MAX_BYTES, textOfBytes, tooLarge } from './context.ts';
import type { Asked, Evaluations } from './evaluations.ts';
import type { Params } from './place.ts';

/** What is evaluated by way of `node:http` itself. */
export interface OfrepListener {
  flag(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    who: Principal,
    params: Params & { readonly key: string },
  ): Promise<void>;
  flags(incoming: IncomingMessage, outgoing: ServerResponse, who: Principal, params: Params): Promise<void>;
  /** Whatever was thrown before it came to that, as when a token was not accepted, in the words of the protocol. */
  refuse(incoming: IncomingMessage, outgoing: ServerResponse, thrown: unknown, key?: string): void;
}

/**
 * Evaluations without `Request` and `Response`, which cost several times what an evaluation does: for servers that serve
 * many. `headers` are added to every answer. No call rejects.
 */
export function ofrepListener(answers: Evaluations, headers: Readonly<Record<string, string>> = {}): OfrepListener {
  const send = (incoming: IncomingMessage, outgoing: ServerResponse, answer: Answer): void => {
    if (outgoing.destroyed) return;
    const { status, text } = answer;
    const all: Record<string, string | number> = { ...headers, ...answer.headers };
    if (text !== undefined) all['content-length'] = Buffer.byteLength(text);
    // of a body that was not read nobody knows how much is still to come
    if (!incoming.complete) all.connection = 'close';
    outgoing.writeHead(status, all);
    outgoing.end(text);
  };
  return {
    async flag(incoming, outgoing, who, params) {
      send(incoming, outgoing, await answers.flag(askedBy(incoming), who, params));
    },
    async flags(incoming, outgoing, who, params) {
      send(incoming, outgoing, await answers.flags(askedBy(incoming), who, params));
    },
    refuse: (incoming, outgoing, thrown, key) => send(incoming, outgoing, refusal(thrown, key)),
  };
}

function askedBy(incoming: IncomingMessage): Asked {
  const { url = '' } = incoming;
  const mark = url.indexOf('?');
  return {
    text: () => textOf(incoming),
    ifNoneMatch: incoming.headers['if-none-match'],
    query: mark === -1 ? '' : url.slice(mark + 1),
  };
}

function textOf(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const broken = (): void => {
      reject(new Refused('INVALID_ARGUMENT', 'PARSE_ERROR', 'the request broke off within its body'));
    };
    if (Number(incoming.headers['content-length']) > MAX_BYTES) {
      reject(tooLarge());
      return;
    }
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > MAX_BYTES) {
        incoming.off('data', take);
        incoming.pause();
        reject(tooLarge());
      } else chunks.push(chunk);
    };
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
