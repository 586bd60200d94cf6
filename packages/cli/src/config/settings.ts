import type { Call } from '../grammar/call.ts';
import type { Profile } from './config.ts';

/** What a command works with: what was said on the command line, else by a variable, else by the context. */
export interface Settings {
  /** The context of the configuration; undefined if there is none. */
  readonly profile: string | undefined;
  /** The address of the server. */
  readonly server: string;
  readonly project: string | undefined;
  readonly stage: string | undefined;
  /** Asked at every request. Throws `CommandError` if it cannot be had. */
  token(): Promise<string | undefined>;
}

/** Where a server is if nobody says: as `flagctl serve` starts it. */
export const DEFAULT_SERVER = 'http://127.0.0.1:8080';

/** What holds for a command line. Throws `UsageError` for a context there is none of, `CommandError` for a bad configuration. */
export async function settingsOf(call: Call): Promise<Settings> {
  const { profile, token } = await profileOf(call);
  const ofEnv = call.world.env.FLAGCTL_TOKEN;
  return {
    profile: profile?.name,
    server: call.text('server') ?? profile?.environment ?? DEFAULT_SERVER,
    project: call.text('project') ?? profile?.project,
    stage: call.text('stage') ?? profile?.stage,
    token: async () => (ofEnv === undefined || ofEnv === '' ? token() : ofEnv),
  };
}

async function profileOf(_call: Call): Promise<{ profile: Profile | undefined; token(): Promise<string | undefined> }> {
  return { profile: undefined, token: async () => undefined };
}
