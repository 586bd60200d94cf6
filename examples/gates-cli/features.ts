import { defineGates, type Features, featureGates, type Gates, gated, registerFeatures } from '@flagwright/gates';

// All gates of `pond`, a program that runs a cloud the size of a pond. To graduate is one line here, and no other.

/** A feature that is enabled and disabled, by a command with its name. */
export interface Feature {
  readonly command: string;
  readonly summary: string;
}

class Dns extends gated(class {}, {
  name: 'dns',
  generallyAvailable: false,
  owner: '@network',
  description: 'Names for the machines of the pond.',
  since: '0.4',
}) {
  readonly command = 'dns';
  readonly summary = 'names for machines';
}

class Nfs extends gated(class {}, {
  backendType: 'nfs',
  generallyAvailable: false,
  owner: '@storage',
  description: 'Volumes on an NFS server.',
  since: '0.3',
}) {
  readonly command = 'nfs';
  readonly summary = 'volumes on an NFS server';
}

class Vault extends gated(class {}, {
  name: 'vault',
  generallyAvailable: true,
  owner: '@security',
  description: 'Keeps secrets.',
  since: '0.1',
}) {
  readonly command = 'vault';
  readonly summary = 'keeps secrets';
}

/** The features of the pond. What is enabled would be read from where a real program keeps its state. */
export function featuresOf(gates: Gates<PondGate>): Features<Feature> {
  const features = [new Dns(), new Nfs(), new Vault()];
  return registerFeatures(gates, features, { enabled: new Set(['storage.nfs']) });
}

/** The gates of what is inside other commands. */
const EMBEDDED = {
  'axolotl-mode': {
    stage: 'alpha',
    owner: '@pond',
    description: 'An axolotl that says what it is told to.',
    since: '0.4',
  },
  MultiRegion: {
    stage: 'alpha',
    owner: '@network',
    description: 'Several regions: a role for nodes, and a command to add one.',
    since: '0.4',
  },
  FastJoin: {
    stage: 'beta',
    owner: '@nodes',
    description: 'Nodes that join without being checked, if they ask for it.',
    since: '0.2',
  },
  Backups: {
    stage: 'ga',
    locked: true,
    owner: '@storage',
    description: 'A command that saves the pond.',
    since: '0.1',
  },
  Snapshots: {
    stage: 'deprecated',
    default: true,
    owner: '@storage',
    description: 'What there was before backups.',
    since: '0.1',
    until: '0.6',
    replacement: 'pond backup',
  },
} as const;

export type PondGate = keyof typeof EMBEDDED | 'dns' | 'storage.nfs' | 'vault';

/** The gates of this release, as nobody has set them yet. */
export function declareGates(): Gates<PondGate> {
  return defineGates(
    { program: 'pond', version: '0.4.0', onWarning: (message) => console.error(`warning: ${message}`) },
    { ...EMBEDDED, ...featureGates(Dns, Nfs, Vault) },
  );
}
