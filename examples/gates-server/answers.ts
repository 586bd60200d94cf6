import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gates } from '@flagwright/gates';
import type { Feature } from './features.js';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export function json(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
}

/** An error, in the form that the gate says: asked at each request, which is what a lookup costs. */
export function refuse(gates: Gates<Feature>, response: ServerResponse, status: number, title: string): void {
  if (gates.enabled('PlainTextErrors')) {
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`${title}\n`);
    return;
  }
  json(response, status, { status, title }, 'application/problem+json');
}
