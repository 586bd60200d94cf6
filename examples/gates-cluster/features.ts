import { defineGates, type Gates } from '@flagwright/gates';

export type GateName = 'EventsProxy' | 'multi-region' | 'storage.ceph';

/** The gates of the program that runs on every node. */
export const gates: Gates<GateName> = defineGates(
  { program: 'pond', version: '1.4.0' },
  {
    EventsProxy: {
      stage: 'beta',
      owner: '@platform',
      description: 'Serves events without touching the store.',
      since: '1.2.0',
    },
    'multi-region': { stage: 'alpha', owner: '@regions', description: 'Joins other regions.', since: '1.3.0' },
    'storage.ceph': { stage: 'alpha', owner: '@storage', description: 'Volumes on Ceph.', since: '1.4.0' },
  },
);
