import { defineGates, type Gates } from '@flagwright/gates';

// All features of the server that are not simply there, in one place and sorted. A name is for ever: it stands in the
// configurations of others, so it is neither changed nor used again.

const FEATURES = {
  EventExpiry: {
    owner: '@storage',
    description: 'Forgets events of the server itself when they are older than --event-ttl.',
    history: [
      { version: '0.3', stage: 'alpha' },
      { version: '0.5', stage: 'beta' },
    ],
  },
  EventsProxy: {
    owner: '@platform',
    description: 'Passes /events on to the events service at --events-backend, instead of answering from memory.',
    proposal: 'docs/proposals/0001-events-proxy.md',
    history: [
      { version: '0.1', stage: 'alpha' },
      { version: '0.3', stage: 'beta' },
      { version: '0.5', stage: 'ga', locked: true },
      { version: '0.7', stage: 'removed', default: true },
    ],
  },
  PlainTextErrors: {
    owner: '@api',
    description: 'Answers errors as plain text, as version 0.2 did.',
    // what was there before it had a gate is on by default; first it is warned of, then switched off, then gone
    history: [
      { version: '0.1', stage: 'ga' },
      { version: '0.3', stage: 'deprecated', default: true },
      { version: '0.5', stage: 'deprecated', default: false },
      { version: '0.7', stage: 'removed', default: false },
    ],
    until: '0.7',
    replacement: 'application/problem+json',
  },
} as const;

export type Feature = keyof typeof FEATURES;

/** The version of the server. What `history` says of later ones is planned. */
export const VERSION = '0.5.0';

/** The gates of the server. With another version it has those of that release, which is how the example shows them. */
export function features(version: string, onWarning: (message: string) => void): Gates<Feature> {
  return defineGates({ program: 'apiserver', version, onWarning }, FEATURES);
}
