/** What one package may depend on. Names of workspace packages are short: `core` for `@flagwright/core`. */
export interface Layer {
  readonly level: number;
  /** Workspace packages, all of a lower level; `server/client` allows that subpath only. */
  readonly workspace?: readonly string[];
  /** Workspace packages reached by `import(…)` alone, and only from files whose path matches. */
  readonly lazily?: Readonly<Record<string, RegExp>>;
  /** Third-party packages installed with it. */
  readonly dependencies?: readonly string[];
  /** Third-party packages the application brings. */
  readonly peers?: readonly string[];
  /** Third-party packages the application may bring: reached by `import(…)` or by type, never by a plain import. */
  readonly optionalPeers?: readonly string[];
}

const OPENFEATURE = ['@openfeature/server-sdk'];

/** The Packages table of the architecture. An arrow that is not here does not exist; devDependencies are exempt. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  core: { level: 0, dependencies: ['js-yaml', 're2js', 'semver'] },
  sources: { level: 1, workspace: ['core'], dependencies: [], optionalPeers: ['pg', 'ioredis'] },
  provider: { level: 1, workspace: ['core'], peers: OPENFEATURE },
  gates: { level: 1, workspace: ['core'], dependencies: ['semver', 'smol-toml'], optionalPeers: ['oxc-parser'] },
  telemetry: {
    level: 1,
    workspace: ['core'],
    peers: OPENFEATURE,
    optionalPeers: ['prom-client', '@opentelemetry/api', 'kafkajs', '@confluentinc/kafka-javascript'],
  },
  middleware: { level: 1, peers: OPENFEATURE, optionalPeers: ['@grpc/grpc-js'] },
  testing: { level: 1, workspace: ['core'], peers: ['vitest'] },
  bridges: {
    level: 1,
    workspace: ['core'],
    optionalPeers: ['@launchdarkly/node-server-sdk', 'launchdarkly-node-server-sdk', 'unleash-client'],
  },
  server: {
    level: 2,
    workspace: ['core', 'sources', 'gates'],
    optionalPeers: ['pg', '@electric-sql/pglite'],
  },
  flagwright: { level: 3, workspace: ['core', 'provider', 'sources', 'bridges', 'telemetry'], peers: OPENFEATURE },
  cli: {
    level: 3,
    workspace: ['core', 'sources', 'server/client', 'server/model'],
    lazily: { server: /(^|\/)serve(\.ts$|\/)/ },
  },
};

/** Clients of one backend or vendor: nobody who does not use that backend should have to install them. */
export const DRIVERS: readonly string[] = [
  'pg',
  'ioredis',
  'redis',
  'launchdarkly-node-server-sdk',
  '@launchdarkly/node-server-sdk',
  'unleash-client',
  'chokidar',
  'kafkajs',
  '@confluentinc/kafka-javascript',
  '@electric-sql/pglite',
  '@grpc/grpc-js',
  'prom-client',
  'oxc-parser',
];
