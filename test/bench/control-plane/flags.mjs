import { definition } from '../subjects/flagwright.mjs';
import { api, each } from './api.mjs';
import { newTokens } from './servers.mjs';

export const PROJECT = 'shop';
export const STAGE = 'production';

/** The context of a user, as the protocol has it. */
export const contextOf = ({ id, ...attributes }) => ({ targetingKey: id, ...attributes });

/** Writers at a time, and as many tokens. */
const WIDTH = 8;

/** Makes the project and a flag of each description, on in one stage; all by the API. */
export async function fillStage(server, flags) {
  const writer = api(server.url, [server.token, ...(await newTokens(server, WIDTH, { role: 'admin' }))], WIDTH);
  try {
    await writer.ask('POST', '/projects', { metadata: { id: PROJECT }, spec: { name: 'Shop' } });
    await writer.ask('POST', `/projects/${PROJECT}/stages`, { metadata: { stage: STAGE }, spec: {} });
    await each(flags, WIDTH, async (flag) => {
      const { type: _, variants, default: on, ...decision } = definition(flag);
      await writer.ask('POST', `/projects/${PROJECT}/feature-flags`, {
        metadata: { id: flag.key },
        spec: { type: 'BOOLEAN', variants },
      });
      await writer.ask('PUT', `/projects/${PROJECT}/stages/${STAGE}/feature-flags/${flag.key}`, {
        spec: { ...decision, defaultVariant: on ? 'on' : 'off' },
      });
    });
  } finally {
    writer.close();
  }
}

/** Tokens of applications. */
export const appTokens = (server, count) =>
  newTokens(server, count, { role: 'sdk', projects: [PROJECT], stages: [STAGE] });
