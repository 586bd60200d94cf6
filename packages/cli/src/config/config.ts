/** The configuration, as seed 2 has it: `apiVersion: v1, kind: Config`. */
export interface Config {
  readonly currentContext: string | undefined;
  readonly contexts: readonly Profile[];
  readonly tokens: readonly StoredToken[];
}

/** A context of the configuration: a server, by which token, and what holds if a command does not say. */
export interface Profile {
  readonly name: string;
  /** The address of the server. */
  readonly environment: string | undefined;
  /** The name of a token. */
  readonly tokenRef: string | undefined;
  readonly project: string | undefined;
  readonly stage: string | undefined;
}

/** A token by its name: as text, which may have `${VARIABLE}`, or a command that prints it. */
export interface StoredToken {
  readonly name: string;
  readonly token?: string | undefined;
  readonly command?: string | undefined;
}
