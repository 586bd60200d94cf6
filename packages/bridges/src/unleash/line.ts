import type { Agent } from 'node:http';

/** The connections of one client. */
export interface Line {
  /** As the client takes it. */
  agent(url: URL): Agent;
  /** Soon ends what is still being asked, and lets nothing more be asked: it could keep the process for half a minute. */
  end(): void;
}

/** As the client has it by itself. */
const OPTIONS = { keepAlive: true, keepAliveMsecs: 30_000, timeout: 10_000 };

/** How long an answer is waited for at the end, in ms. */
const GRACE = 500;

const PROXIES = /^(?:npm_config_)?(?:https?|all)?_?proxy$/i;

/** Connections of our own; undefined where a proxy is configured, which the client knows how to use. */
export async function lineOf(env: Readonly<Record<string, string | undefined>>): Promise<Line | undefined> {
  if (Object.keys(env).some((name) => PROXIES.test(name) && env[name] !== '')) return undefined;
  // not when this module is loaded: that would open standard error
  const [http, https] = await Promise.all([import('node:http'), import('node:https')]);
  const agents = { http: new http.Agent(OPTIONS), https: new https.Agent(OPTIONS) };
  return {
    agent: ({ protocol }) => (protocol === 'https:' ? agents.https : agents.http),
    end() {
      // what is cut is tried again by the client, after some seconds: an answer that is on its way is sooner
      setTimeout(cut, GRACE, Object.values(agents)).unref();
    },
  };
}

function cut(agents: readonly Agent[]): void {
  for (const agent of agents) {
    Object.assign(agent, {
      createConnection() {
        throw new Error('the client was ended');
      },
    });
    agent.destroy();
  }
}
