import { FlagError } from '@flagwright/core';
import {
  type ControlPlane,
  type ControlPlaneOptions,
  controlPlane,
  controlPlaneOver,
  type Resources,
} from '@flagwright/server/client';
import { type Settings, settingsOf } from '../config/settings.ts';
import { warnOnce } from '../config/warn.ts';
import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import type { Kind } from '../nouns/noun.ts';
import { safe } from '../output/safe.ts';
import { stopOf } from '../terminal/finishing.ts';
import { checkedAsk } from './checked.ts';
import { toldIfCutOff } from './cut-off.ts';
import { ownRequests } from './own-requests.ts';
import { resourcesOf } from './resources.ts';
import { proxyFor } from './silence.ts';

/** A command at work with a server. */
export interface Session {
  readonly settings: Settings;
  readonly api: ControlPlane;
  /** The project. Throws `UsageError` if nobody said which. */
  project(): string;
  /** The stage. Throws `UsageError` if nobody said which. */
  stage(): string;
  /** The resources of a kind, in the project and the stage of the command. */
  resources(kind: Kind): Resources<unknown>;
}

/** How a command talks to the server. */
export interface SessionOptions {
  /** How often a request is sent again that was turned away for the time being. Default: 3. */
  readonly retries?: number | undefined;
  /** Whether whatever is answered is shown as it is, be it Flagwright's or not. Default: no. */
  readonly anything?: boolean | undefined;
}

/** The server that a command line is for. Nothing is sent yet. */
export async function sessionOf(call: Call, { retries, anything }: SessionOptions = {}): Promise<Session> {
  const settings = await settingsOf(call);
  const { world } = call;
  const { server, serverFrom, withheld } = settings;
  if (withheld !== undefined) warnOnce(world, withheld);
  const send = world.fetch ?? fetch;
  const { ask } = client(settings, {
    url: server,
    token: settings.hasToken ? () => tokenOf(settings) : undefined,
    retries,
    stop: stopOf(world),
    waiting(ms, why) {
      // what is over in a moment is not worth a word
      if (ms > WORTH_A_WORD) world.err(`${safe(why.message)}; trying again in ${Math.ceil(ms / 1_000)} s\n`);
    },
    fetch: call.has('verbose') ? told(send, world.err) : send,
  });
  const [inProject, inStage] = (['project', 'stage'] as const).map((name) => call.texts(name).at(-1));
  const place = { address: server, from: serverFrom, proxy: proxyFor(server, world.env) };
  const api = controlPlaneOver(
    ownRequests(checkedAsk(toldIfCutOff(ask, world, place), place, { anything }), {
      project: inProject,
      stage: inStage,
    }),
  );
  const project = (): string => said(settings.project, 'project', call);
  const stage = (): string => said(settings.stage, 'stage', call);
  return { settings, api, project, stage, resources: (kind) => resourcesOf(api, kind, project, stage) };
}

/** In ms. */
const WORTH_A_WORD = 5_000;

/** Throws `UsageError` for an address that is none. */
function client({ server, serverFrom }: Settings, options: ControlPlaneOptions): ControlPlane {
  try {
    return controlPlane(options);
  } catch (thrown) {
    const wrong = /^url (?<what>.+)$/s.exec((thrown as Error).message)?.groups?.what;
    if (!(thrown instanceof FlagError) || wrong === undefined) throw thrown;
    // it may have a password
    const hidden = server.includes('@') || server.includes('?');
    const near = !hidden && /^[\w.-]+(?::\d+)?(?:\/[\w./-]*)?$/.test(server) ? [`Did you mean http://${server}?`] : [];
    const shown = hidden ? '' : ` ${JSON.stringify(server)}`;
    throw new UsageError(`${serverFrom ?? 'the server'}${shown} ${wrong}`, near);
  }
}

/** The client shows no error of a function that gives tokens, but for one of its own kind. */
async function tokenOf(settings: Settings): Promise<string> {
  try {
    return (await settings.token()) ?? '';
  } catch (thrown) {
    const { message, hints = [] } = thrown as Error & { readonly hints?: readonly string[] };
    throw Object.assign(new FlagError('UNAUTHORIZED', message), { hints });
  }
}

function said(value: string | undefined, what: 'project' | 'stage', { path }: Call): string {
  if (value !== undefined && value !== '') return value;
  throw new UsageError(`${path.join(' ')}: which ${what}? Say it by --${what} <id>`, [
    `Or once for all: 'flagctl config set-context <name> --${what} <id>'`,
  ]);
}

/** Tells of each request in a line, without what is secret. */
function told(send: typeof fetch, err: (text: string) => void): typeof fetch {
  return async (input, init) => {
    const from = performance.now();
    const line = `${init?.method ?? 'GET'} ${input instanceof Request ? input.url : String(input)}`;
    try {
      const answer = await send(input, init);
      err(`${line} ${answer.status} in ${Math.round(performance.now() - from)} ms\n`);
      return answer;
    } catch (thrown) {
      err(`${line} failed after ${Math.round(performance.now() - from)} ms\n`);
      throw thrown;
    }
  };
}
