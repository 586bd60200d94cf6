import { FlagError, isRecord } from '@flagwright/core';
import type { ControlPlane, ListOptions, Page, Resource } from '@flagwright/server/client';

/** What each resource has, whatever its kind. */
const MEMBERS = {
  id: (value: unknown): boolean => typeof value === 'string',
  kind: (value: unknown): boolean => typeof value === 'string',
  metadata: isRecord,
  version: (value: unknown): boolean => typeof value === 'string',
  modificationInfo: isRecord,
} as const;

/** Where resources are: a list, or one of it. */
const RESOURCES =
  /^\/(?:projects|stages|templates|change-requests|projects\/[^/]+\/(?:stages|feature-flags|feature-flag-stages|contexts)|projects\/[^/]+\/stages\/[^/]+\/feature-flags)(\/[^/]+)?$/;

/**
 * The same control plane, but that answers are looked at where resources are read: what is no resource comes from something
 * else than Flagwright, and is told as that.
 */
export function checkedApi(api: ControlPlane): ControlPlane {
  return {
    ...api,
    projects: checked(api.projects),
    stages: checked(api.stages),
    templates: checked(api.templates),
    changeRequests: checked(api.changeRequests),
    links: (project) => checked(api.links(project)),
    flags: (project) => checked(api.flags(project)),
    stageDefinitions: (project, stage) => checked(api.stageDefinitions(project, stage)),
    contexts: (project) => checked(api.contexts(project)),
    async ask(method, path, options) {
      const answer = await api.ask(method, path, options);
      const [found, one] = method === 'GET' ? (RESOURCES.exec(path) ?? []) : [];
      if (found === undefined) return answer;
      return one === undefined ? listOf(answer) : resourceOf(answer);
    },
  };
}

interface Reading<Spec> {
  list(options?: ListOptions): Promise<Page<Resource<Spec>>>;
  all(options?: Omit<ListOptions, 'page'>): AsyncIterable<Resource<Spec>>;
  get(id: string): Promise<Resource<Spec>>;
}

function checked<Spec, Kind extends Reading<Spec>>(resources: Kind & Reading<Spec>): Kind {
  const list = async (options?: ListOptions): Promise<Page<Resource<Spec>>> => listOf(await resources.list(options));
  return {
    ...resources,
    list,
    async *all(options: Omit<ListOptions, 'page'> = {}) {
      const pageSize = options.pageSize ?? 500;
      for (let page = 1; ; page++) {
        const { items } = await list({ ...options, page, pageSize });
        yield* items;
        if (items.length < pageSize) return;
      }
    },
    get: async (id: string) => resourceOf(await resources.get(id)),
  };
}

function listOf<List>(answer: List): List {
  const { items } = (isRecord(answer) ? answer : {}) as { readonly items?: unknown };
  if (!Array.isArray(items)) throw foreign('a list without items');
  for (const item of items) resourceOf(item);
  return answer;
}

function resourceOf<One>(answer: One): One {
  if (!isRecord(answer)) throw foreign('what is no resource');
  for (const [name, holds] of Object.entries(MEMBERS)) {
    if (!holds(answer[name])) throw foreign(`a resource without ${name}`);
  }
  return answer;
}

function foreign(what: string): FlagError {
  const error = new FlagError('UNAVAILABLE', `something that is not Flagwright has answered: ${what}`);
  return Object.assign(error, { hints: ['Is the address of the server that of Flagwright?'] });
}
