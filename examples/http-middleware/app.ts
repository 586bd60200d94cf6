import { boolean, currentContext, httpMiddleware, requireFlag, string } from '@flagwright/middleware';
import express, { type Express } from 'express';
import { userOf } from './users.js';

/** A shop: whoever asks, the flags are evaluated for the user of the request. */
export function shop(): Express {
  const app = express();
  app.disable('x-powered-by');

  // who it is comes from what they have signed in with, the country from the proxy in front, the address from the socket
  app.use(
    httpMiddleware({
      headers: { country: 'cf-ipcountry' },
      context: async ({ headers }, found) => {
        const user = await userOf(headers.authorization);
        return { ...found, targetingKey: user?.id, plan: user?.plan };
      },
    }),
  );
  app.use(async (_request, response, next) => {
    if (await boolean('debug-header', false)) response.setHeader('x-context', JSON.stringify(currentContext()));
    next();
  });

  app.get('/', async (_request, response) => {
    const checkout = (await boolean('new-checkout', false)) ? 'new' : 'old';
    response.send(`${await string('greeting', 'Hello')}, here is the ${checkout} checkout`);
  });

  // the route is there for whom its flag is on
  app.get('/reports', requireFlag('reports'), (_request, response) => void response.send('the reports'));

  // the events of an upload see the user, too
  app.post('/upload', (request, response) => {
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
    });
    request.on('end', async () => {
      const limit = (await boolean('new-checkout', false)) ? 1_000_000 : 1_000;
      response.status(size > limit ? 413 : 200).send(`${size} bytes, ${limit} are allowed`);
    });
  });
  return app;
}
