import { isIP } from 'node:net';
import { oneOf, preview, suggest } from '@flagwright/core';
import { Problem } from '../http/problem.ts';
import { isPublic } from './public-address.ts';
import type { WebhookSpec } from './webhook-row.ts';

/** What changes are told of: the kinds of the history. */
const KINDS: readonly string[] = [
  'Project',
  'Stage',
  'ProjectStage',
  'FeatureFlag',
  'FeatureFlagStage',
  'Context',
  'ChangeRequest',
  'Template',
  'Token',
  'Webhook',
];

/** A body of the shape of `NEW_WEBHOOK`. */
export interface WebhookBody {
  readonly name: string;
  readonly url: string;
  readonly events?: readonly string[];
  readonly projects?: readonly string[] | null;
  readonly stages?: readonly string[] | null;
  readonly enabled?: boolean;
}

/** What a body asks for, in its stored form. Throws `Problem('INVALID_SPEC')` for an address or an event that cannot be. */
export function webhookSpec(body: WebhookBody, allowPrivate: boolean): WebhookSpec {
  const { name, url, events = ['*'], projects = null, stages = null, enabled = true } = body;
  for (const pattern of events) checkPattern(pattern);
  return {
    name: name.normalize('NFC'),
    url: addressOf(url, allowPrivate),
    events: sorted(events),
    projects: projects && sorted(projects),
    stages: stages && sorted(stages),
    enabled,
  };
}

const sorted = (words: readonly string[]): readonly string[] => [...new Set(words)].sort();

function checkPattern(pattern: string): void {
  const [kind] = pattern.split('.') as [string];
  if (kind === '*' || KINDS.includes(kind)) return;
  const near = suggest(kind, KINDS);
  throw new Problem('INVALID_SPEC', `the event ${preview(pattern)} is of no kind; expected ${oneOf(KINDS)}`, {
    hint: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

/** The path of an address may be a secret, so it is not shown. */
function addressOf(text: string, allowPrivate: boolean): string {
  const wrong = (what: string): Problem =>
    new Problem('INVALID_SPEC', `the url ${what}; expected an address as https://receiver.example/path`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw wrong('is no address');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw wrong(`begins with ${preview(url.protocol)}`);
  if (url.username !== '' || url.password !== '') throw wrong('has a user or a password');
  if (url.hash !== '') throw wrong('has a fragment');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && isIP(host) !== 0 && !isPublic(host)) {
    throw new Problem('INVALID_SPEC', 'the url leads to an address that is not public', {
      hint: 'the server may be told to allow private webhooks',
    });
  }
  return url.href;
}
