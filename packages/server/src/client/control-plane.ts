import {
  type Awaitable,
  checkDuration,
  checkedHeaders,
  FlagError,
  isRecord,
  preview,
  tokenReader,
} from '@flagwright/core';
import type {
  ContextSpec,
  FeatureFlagSpec,
  FeatureFlagStageSpec,
  ProjectSpec,
  ProjectStageSpec,
  StageSpec,
  TemplateSpec,
} from '../schema/resources.generated.ts';
import type { ApiError } from './api-error.ts';
import { type Apply, applyAt } from './apply.ts';
import { type Ask, asker } from './ask.ts';
import type { NoAnswer } from './no-answer.ts';
import { type ChangeRequests, changeRequestsAt, type Resources, resourcesAt } from './resources.ts';

export interface ControlPlaneOptions {
  /** Of the server: `https://flags.example.com`, without the path of the API. */
  readonly url: string | URL;
  /** A function is asked at every request, for tokens that change. */
  readonly token?: string | (() => Awaitable<string>) | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How long an answer may take, in ms. Default: 30,000. */
  readonly timeout?: number | undefined;
  /**
   * How often a request is sent again, after pauses that grow from half a second, and are no shorter than `Retry-After`. What
   * only reads, and dry runs: after 429, 500, 502, 503, 504, whoever answers so, and after a lost connection. What writes:
   * only after 429, whoever answers so, and 503 of the server itself, which say that nothing was done. Pauses of more than
   * 300 s, or together of more, are not waited for. Default: 3.
   */
  readonly retries?: number | undefined;
  /** Told before each such pause, which is in ms, and why it is made. */
  readonly waiting?: ((ms: number, why: ApiError | NoAnswer) => void) | undefined;
  /** From when it is aborted nothing is sent again: what is under way comes to its end, and pauses end at once. */
  readonly stop?: AbortSignal | undefined;
  /** Makes the requests. Default: the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

/** A control plane, by its API. */
export interface ControlPlane {
  readonly projects: Resources<ProjectSpec>;
  readonly stages: Resources<StageSpec>;
  /** The links of a project to stages, by the ids of these. */
  links(project: string): Resources<ProjectStageSpec>;
  flags(project: string): Resources<FeatureFlagSpec>;
  /** What flags do in a stage, by the ids of these. */
  stageDefinitions(project: string, stage: string): Resources<FeatureFlagStageSpec>;
  contexts(project: string): Resources<ContextSpec>;
  readonly changeRequests: ChangeRequests;
  readonly templates: Resources<TemplateSpec>;
  /** Writes many manifests in one transaction, of all kinds, in their order: at most 1,000 at once. */
  readonly apply: Apply;
  /** Whatever else the API offers: `path` is below its base, as `/whoami`. */
  readonly ask: Ask;
}

const BASE = '/platform/feature-flag-management/v0.3';

const OURS: ReadonlySet<string> = new Set([
  'accept',
  'connection',
  'content-length',
  'content-type',
  'if-match',
  'if-none-match',
]);

/**
 * A client of a control plane, over HTTP. Nothing is sent before something is asked. Throws
 * `FlagError('INVALID_ARGUMENT')` for options that make no sense; no error shows the token.
 */
export function controlPlane(options: ControlPlaneOptions): ControlPlane {
  if (!isRecord(options))
    throw new FlagError('INVALID_ARGUMENT', "the options are none; expected e.g. { url: 'https://flags.example.com' }");
  const { timeout = 30_000, retries = 3, waiting, stop, fetch = globalThis.fetch } = options;
  checkDuration('timeout', timeout);
  if (!Number.isInteger(retries) || retries < 0) {
    throw new FlagError('INVALID_ARGUMENT', `retries is ${preview(retries)}; expected a whole number from 0`);
  }
  const ask = asker({
    url: `${addressOf(options.url)}${BASE}`,
    token: tokenReader(options.token),
    headers: checkedHeaders(options.headers ?? {}, OURS),
    timeout,
    retries,
    fetch,
    waiting,
    stop,
  });
  return controlPlaneOver(ask);
}

/** The same client over requests that something else makes, as one that looks at what is answered. */
export function controlPlaneOver(ask: Ask): ControlPlane {
  const inProject = (project: string): string => `/projects/${encodeURIComponent(project)}`;
  return {
    projects: resourcesAt(ask, '/projects'),
    stages: resourcesAt(ask, '/stages'),
    links: (project) => resourcesAt(ask, `${inProject(project)}/stages`),
    flags: (project) => resourcesAt(ask, `${inProject(project)}/feature-flags`),
    stageDefinitions: (project, stage) =>
      resourcesAt(ask, `${inProject(project)}/stages/${encodeURIComponent(stage)}/feature-flags`),
    contexts: (project) => resourcesAt(ask, `${inProject(project)}/contexts`),
    changeRequests: changeRequestsAt(ask, '/change-requests'),
    templates: resourcesAt(ask, '/templates'),
    apply: applyAt(ask, '/apply'),
    ask,
  };
}

/** The address of the server; it is not shown if it is wrong, for it may hold a secret. */
function addressOf(given: unknown): string {
  const expected = 'expected that of the server, as https://flags.example.com';
  const text = given instanceof URL ? given.href : given;
  if (typeof text !== 'string' || !URL.canParse(text))
    throw new FlagError('INVALID_ARGUMENT', `url is no address; ${expected}`);
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '' || url.search !== '') {
    throw new FlagError('INVALID_ARGUMENT', `url is not of http(s), or has a user, a password or a query; ${expected}`);
  }
  // the whole address of the API will do, too
  return (url.origin + url.pathname).replace(/\/+$/, '').replace(/\/platform\/feature-flag-management\/v0\.3$/, '');
}
