import { watchOthers } from '../propagation/others.mjs';
import { api } from './api.mjs';
import { processorOf } from './processor.mjs';
import { inRounds, overRounds } from './rounds.mjs';
import { newGround, serve } from './servers.mjs';

/** From when `flagctl serve` is started until it answers that it is ready: the first time, and another time after that. */
export async function start(_scenario, names, { quick, progress }) {
  const measured = await inRounds(names, quick ? 1 : 5, async (name, round) => {
    progress(`${name}, round ${round + 1}`);
    const ground = await newGround(name);
    try {
      return { 'first start': await once(ground), 'later start': await once(ground) };
    } finally {
      await ground.remove();
    }
  });
  return Object.fromEntries(
    names.map((name) => [
      name,
      {
        cases: Object.fromEntries(
          Object.keys(measured[name][0]).map((title) => [title, overRounds(measured[name].map((one) => one[title]))]),
        ),
      },
    ]),
  );
}

async function once(ground) {
  const others = watchOthers();
  const began = performance.now();
  const server = await serve(ground);
  const listening = performance.now();
  const client = api(server.url, ['none']);
  try {
    await client.raw('GET', '/readyz');
    const answered = performance.now();
    const cpu = processorOf(server.pid);
    return {
      value: (answered - began) * 1e6,
      listening: (listening - began) * 1e6,
      ...(cpu === undefined ? undefined : { cpu }),
      others: others(),
    };
  } finally {
    client.close();
    await server.stop();
  }
}
