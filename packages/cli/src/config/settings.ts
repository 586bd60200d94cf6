import { CommandError, EXIT } from '../errors/command-error.ts';
import type { Call } from '../grammar/call.ts';
import type { Profile } from './config.ts';
import { expanded } from './expand.ts';
import { configPlace } from './place.ts';
import { profileIn } from './profile.ts';
import { type ConfigFile, readConfig } from './read.ts';
import { checked, tokenOf } from './token.ts';
import { warnOnce } from './warn.ts';

/** What a command works with: what was said on the command line, else by a variable, else by the context. */
export interface Settings {
  /** The context of the configuration; undefined if there is none. */
  readonly profile: string | undefined;
  /** The address of the server. */
  readonly server: string;
  /** Who named it: `--server`, `FLAGCTL_SERVER`, or a context; undefined: nobody did. */
  readonly serverFrom: string | undefined;
  /** Why the token of the context is not sent, where it is for another server. */
  readonly withheld: string | undefined;
  /** Throws `CommandError` if it needs a variable that is not set. */
  readonly project: string | undefined;
  /** As the project. */
  readonly stage: string | undefined;
  /** Whether there is a token to ask for. */
  readonly hasToken: boolean;
  /** Asked at every request. Throws `CommandError` if it cannot be had. */
  token(): Promise<string | undefined>;
}

/** What `settingsOf` may be told. */
export interface SettingsOptions {
  /** How long a command that gives the token may take, in ms. Default: 30,000. */
  readonly patience?: number;
}

/** Where a server is if nobody says: as `flagctl serve` starts it. */
export const DEFAULT_SERVER = 'http://127.0.0.1:8080';

/** What holds for a command line. Throws `CommandError` for a context there is none of, and for a bad configuration. */
export async function settingsOf(call: Call, { patience }: SettingsOptions = {}): Promise<Settings> {
  const { world } = call;
  const file = await readConfig(world, configPlace(call));
  const profile = profileIn(file, call);
  const given = call.text('server');
  const own = given === undefined ? serverOf(file, profile, call) : ownServer(file, profile, call);
  const server = given ?? own ?? DEFAULT_SERVER;
  const explicit = givenToken(call);
  // a token is for the server it was kept for: another one would learn it
  const its = own ?? (profile?.environment === undefined ? DEFAULT_SERVER : '');
  const isForIt = given === undefined || isSameOrigin(given, its);
  const stored = profile !== undefined && isForIt ? profile : undefined;
  const give = explicit ?? (stored === undefined ? undefined : tokenOf(world, file, stored, patience));
  const isWithheld = give === undefined && !isForIt && profile?.tokenRef !== undefined;
  const said = (what: 'project' | 'stage'): string | undefined => {
    const text = profile?.[what];
    if (text === undefined) return undefined;
    return expanded(text, world.env, `the ${what} of context ${JSON.stringify(profile?.name)} of ${file.shown}`);
  };
  return {
    profile: profile?.name,
    server,
    serverFrom: given === undefined ? contextOf(profile) : call.has('server') ? '--server' : 'FLAGCTL_SERVER',
    withheld: isWithheld ? withheldBy(profile, own) : undefined,
    // not every command needs them, nor what variables they have
    get project() {
      return call.text('project') ?? said('project');
    },
    get stage() {
      return call.text('stage') ?? said('stage');
    },
    hasToken: give !== undefined,
    async token() {
      if (give !== undefined && isOpen(server)) {
        warnOnce(world, `the token goes to ${new URL(server).host} as plain text. Hint: is there an https:// address?`);
      }
      const token = await give?.();
      if (token !== undefined) world.secret?.(token);
      return token;
    },
  };
}

/** That of the variable, which wins over that of the configuration. */
function givenToken({ world }: Call): (() => Promise<string>) | undefined {
  const token = world.env.FLAGCTL_TOKEN?.trim();
  return token === undefined || token === '' ? undefined : async () => checked(token, 'FLAGCTL_TOKEN');
}

const contextOf = (profile: Profile | undefined): string | undefined =>
  profile?.environment === undefined ? undefined : `context ${JSON.stringify(profile.name)}`;

/** As `serverOf`, but that one that cannot be made out is none: something else was named. */
function ownServer(...given: Parameters<typeof serverOf>): string | undefined {
  try {
    return serverOf(...given);
  } catch {
    return undefined;
  }
}

function isSameOrigin(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin;
}

function withheldBy({ name }: Profile, own: string | undefined): string {
  const whose =
    own === undefined ? 'this one is not the server of that context' : `it is for ${new URL(own).origin} alone`;
  return `the token of context ${JSON.stringify(name)} is not sent: ${whose}. Hint: give one by FLAGCTL_TOKEN, or name another context`;
}

/** The address that a context names. Throws `CommandError` if it is none. */
function serverOf(
  { config, shown, at }: ConfigFile,
  profile: Profile | undefined,
  { world }: Call,
): string | undefined {
  if (profile?.environment === undefined) return undefined;
  const name = JSON.stringify(profile.name);
  const server = expanded(profile.environment, world.env, `the environment of context ${name} of ${shown}`);
  if (URL.canParse(server) && /^https?:$/.test(new URL(server).protocol)) return server;
  const where = at(['contexts', config.contexts.indexOf(profile), 'context', 'environment']);
  throw new CommandError(EXIT.invalid, `${where}: the environment of context ${name} is no address`, [
    'Expected that of the server, as https://flags.example.com',
  ]);
}

/** Whether others on the way can read what is sent: without TLS, to another machine. */
function isOpen(server: string): boolean {
  if (!URL.canParse(server)) return false;
  const { protocol, hostname } = new URL(server);
  return protocol === 'http:' && !/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
