import {
  type Client,
  credentials,
  loadPackageDefinition,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerOptions,
  type ServiceClientConstructor,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { onTestFinished } from 'vitest';

const TEXT = { requestType: 'Text', responseType: 'Text', comment: '' };

/** A service with a method of each type; every message is a text. */
const definition = fromJSON({
  nested: {
    shop: {
      nested: {
        Shop: {
          methods: {
            Unary: TEXT,
            Collect: { ...TEXT, requestStream: true },
            Spread: { ...TEXT, responseStream: true },
            Converse: { ...TEXT, requestStream: true, responseStream: true },
          },
        },
        Text: { fields: { text: { type: 'string', id: 1 } } },
      },
    },
  },
});

export interface Text {
  readonly text: string;
}

const { shop } = loadPackageDefinition(definition) as unknown as { shop: { Shop: ServiceClientConstructor } };
const service: ServiceDefinition = shop.Shop.service;

/** The methods of the client, as they are called. */
export type ShopClient = Client & {
  // biome-ignore lint/suspicious/noExplicitAny: what proto-loader makes has no types
  readonly [method in 'unary' | 'collect' | 'spread' | 'converse']: (...values: any[]) => any;
};

/** A server over TCP on a free port with a client of it; both end with the test. */
export async function serveShop(
  implementation: UntypedServiceImplementation,
  interceptors: NonNullable<ServerOptions['interceptors']>,
): Promise<ShopClient> {
  const server = new Server({ interceptors });
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  const client = new shop.Shop(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as ShopClient;
  onTestFinished(() => {
    client.close();
    server.forceShutdown();
  });
  return client;
}

interface Calls {
  readonly client: ShopClient;
  readonly metadata: Metadata;
}

/** Calls the unary method. */
export function unary({ client, metadata }: Calls, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.unary({ text }, metadata, (error: Error | null, answer: Text) =>
      error === null ? resolve(answer.text) : reject(error),
    );
  });
}

/** Calls the method with a stream of requests. */
export function collect({ client, metadata }: Calls, texts: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = client.collect(metadata, (error: Error | null, answer: Text) =>
      error === null ? resolve(answer.text) : reject(error),
    );
    for (const text of texts) call.write({ text });
    call.end();
  });
}

/** Calls the method with a stream of answers. */
export async function spread({ client, metadata }: Calls, text: string): Promise<readonly string[]> {
  const answers: string[] = [];
  for await (const answer of client.spread({ text }, metadata)) answers.push((answer as Text).text);
  return answers;
}

/** Calls the method with streams both ways. */
export async function converse({ client, metadata }: Calls, texts: readonly string[]): Promise<readonly string[]> {
  const answers: string[] = [];
  const call = client.converse(metadata);
  for (const text of texts) call.write({ text });
  call.end();
  for await (const answer of call) answers.push((answer as Text).text);
  return answers;
}
