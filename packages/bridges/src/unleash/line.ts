import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** The connections of one client. */
export interface Line {
  /** As the client takes it. */
  agent(url: URL): HttpAgent;
  /** Soon ends what is still being asked, and lets nothing more be asked: it could keep the process for half a minute. */
  end(): void;
}

/** As the client has it by itself. */
const OPTIONS = { keepAlive: true, keepAliveMsecs: 30_000, timeout: 10_000 };

/** How long an answer is waited for at the end, in ms. */
const GRACE = 500;

const PROXIES = /^(?:npm_config_)?(?:https?|all)?_?proxy$/i;

/** Connections of our own; undefined where a proxy is configured, which the client knows how to use. */
export function lineOf(env: Readonly<Record<string, string | undefined>>): Line | undefined {
  if (Object.keys(env).some((name) => PROXIES.test(name) && env[name] !== '')) return undefined;
  const agents = { http: new HttpAgent(OPTIONS), https: new HttpsAgent(OPTIONS) };
  return {
    agent: ({ protocol }) => (protocol === 'https:' ? agents.https : agents.http),
    end() {
      // what is cut is tried again by the client, after some seconds: an answer that is on its way is sooner
      setTimeout(cut, GRACE, Object.values(agents)).unref();
    },
  };
}

function cut(agents: readonly HttpAgent[]): void {
  for (const agent of agents) {
    Object.assign(agent, {
      createConnection() {
        throw new Error('the client was ended');
      },
    });
    agent.destroy();
  }
}
