import { number, string } from '@flagwright/middleware';
import { grpcInterceptor, requireFlag } from '@flagwright/middleware/grpc';
import {
  loadPackageDefinition,
  type Metadata,
  Server,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceClientConstructor,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { load } from '@grpc/proto-loader';

interface Article {
  readonly name: string;
  readonly price: number;
}

interface Query {
  readonly text: string;
}

/** What every method answers. */
export interface Answer {
  readonly text: string;
}

const loaded = loadPackageDefinition(await load('shop.proto')) as unknown as {
  readonly shop: { readonly Shop: ServiceClientConstructor };
};

/** The service of `shop.proto`, as a client of it is made. */
export const Shop: ServiceClientConstructor = loaded.shop.Shop;

/** A server whose handlers evaluate flags for the user of a call, in all four types. */
export function shop(): Server {
  const server = new Server({
    interceptors: [
      // a gateway in front has checked who it is; default is the address of who is connected, and nothing else
      grpcInterceptor({ context: ({ metadata }, found) => ({ ...found, ...userIn(metadata) }) }),
      requireFlag('reviews', false, { methods: (path) => path === '/shop.Shop/Chat' }),
    ],
  });
  server.addService(Shop.service, {
    async price({ request }: ServerUnaryCall<Article, Answer>, done: sendUnaryData<Answer>) {
      done(null, { text: `${request.name}: ${request.price} ${await string('currency', 'USD')}` });
    },

    total(call: ServerReadableStream<Article, Answer>, done: sendUnaryData<Answer>) {
      let sum = 0;
      call.on('data', ({ price }: Article) => {
        sum += price;
      });
      call.on('end', async () => done(null, { text: `${sum} ${await string('currency', 'USD')}` }));
    },

    async list(call: ServerWritableStream<Query, Answer>) {
      const size = await number('page-size', 1);
      for (let n = 1; n <= size; n++) call.write({ text: `${call.request.text} ${n} of ${size}` });
      call.end();
    },

    chat(call: ServerDuplexStream<Query, Answer>) {
      let answered = Promise.resolve();
      call.on('data', ({ text }: Query) => {
        answered = answered.then(async () => {
          call.write({ text: `a review of the ${text}, in ${await string('currency', 'USD')}` });
        });
      });
      call.on('end', () => answered.then(() => call.end()));
    },
  });
  return server;
}

function userIn(metadata: Metadata): Record<string, unknown> {
  const [id, plan, country, groups] = ['user', 'plan', 'country', 'groups'].map((name) => metadata.get(name)[0]);
  return { targetingKey: id, plan, country, groups: groups === undefined ? undefined : String(groups).split(',') };
}
