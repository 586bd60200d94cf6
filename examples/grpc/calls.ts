import { type Client, type ClientDuplexStream, type ClientReadableStream, Metadata, status } from '@grpc/grpc-js';
import type { Answer } from './shop.js';

type Unary = (request: object, metadata: Metadata, done: (error: Error | null, answer?: Answer) => void) => void;

/** The client of `shop.proto`, by the types of its methods. */
export type ShopClient = Client & {
  readonly price: Unary;
  readonly total: (metadata: Metadata, done: Parameters<Unary>[2]) => { write(request: object): void; end(): void };
  readonly list: (request: object, metadata: Metadata) => ClientReadableStream<Answer>;
  readonly chat: (metadata: Metadata) => ClientDuplexStream<object, Answer>;
};

/** What one user is answered to a call of each type, a line each. */
export async function callsOf(client: ShopClient, user: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(user)) metadata.set(name, value);

  const price = answered((done) => client.price({ name: 'lamp', price: 40 }, metadata, done));
  const total = answered((done) => {
    const call = client.total(metadata, done);
    for (const cost of [40, 25, 15]) call.write({ price: cost });
    call.end();
  });
  const list = received(client.list({ text: 'article' }, metadata));
  const chat = client.chat(metadata);
  for (const text of ['lamp', 'chair']) chat.write({ text });
  chat.end();
  return Promise.all([price, total, list, received(chat)]);
}

function answered(call: (done: (error: Error | null, answer?: Answer) => void) => void): Promise<string> {
  return new Promise((resolve) => call((error, answer) => resolve(answer?.text ?? String(error))));
}

function received(call: ClientReadableStream<Answer>): Promise<string> {
  const texts: string[] = [];
  call.on('data', ({ text }: Answer) => texts.push(text));
  // the status that follows says the same
  call.on('error', () => {});
  return new Promise((resolve) => {
    call.on('status', ({ code, details }) => {
      resolve(code === status.OK ? texts.join(', ') : `${status[code]}: ${details}`);
    });
  });
}
