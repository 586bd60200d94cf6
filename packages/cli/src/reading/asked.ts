import { UsageError } from '../errors/usage-error.ts';
import type { Call } from '../grammar/call.ts';
import type { Noun } from '../nouns/noun.ts';
import type { Session } from '../session/session.ts';
import { byIds } from './by-ids.ts';
import { everyPage } from './every-page.ts';
import type { Found, List } from './item.ts';
import { countIn } from './numbers.ts';
import { LARGEST_PAGE } from './options.ts';
import { listPath, segment } from './paths.ts';
import { there } from './there.ts';

/** What a command line asks for. */
export interface Asked {
  readonly noun: Noun;
  /** In words: ` in project "my-app"`; empty where it is everywhere. */
  readonly where: string;
  /** Reads it as it is now. Throws `ApiError`, or `FlagError` if there was no answer. */
  read(): Promise<Found>;
  /** For lists that are empty. Throws `ApiError` if that is because the place they are of is not there. */
  checkPlace(): Promise<void>;
}

/** What `get` and `watch` ask for; nothing is sent yet. Throws `UsageError`. */
export function askedOf(call: Call, session: Session): Asked {
  const noun = call.noun!;
  const { api } = session;
  const ids = [...new Set(call.args)];
  const place = placeOf(call, session);
  const { project, stage } = place;
  const scope = { project: session.project, stage: () => stage ?? session.stage() };
  const everyStage = noun.kind === 'FeatureFlagStage' && stage === undefined;
  const path = everyStage
    ? `/projects/${segment(session.project(), 'project')}/feature-flag-stages`
    : listPath(noun.kind, scope);
  const common = {
    noun,
    where: placeWords(project, stage),
    async checkPlace() {
      const ofProject = project === undefined ? undefined : `/projects/${segment(project, 'project')}`;
      if (ofProject === undefined) return;
      await there(api.ask, ofProject);
      if (stage !== undefined) await there(api.ask, `${ofProject}/stages/${segment(stage, 'stage')}`);
      if (everyStage) for (const id of ids) await there(api.ask, `${ofProject}/feature-flags/${segment(id)}`);
    },
  };
  if (ids.length > 0 && !everyStage) {
    refuseWithIds(call);
    for (const id of ids) segment(id);
    return { ...common, read: () => byIds(api.ask, path, noun.kind, ids) };
  }
  const paging = pagingOf(call);
  const filter = both(call.text('filter'), conditionOf(place, noun, everyStage ? ids : []));
  const query = {
    filter,
    sort: call.text('sort'),
    ...(call.has('archived') ? { archived: true } : {}),
  };
  const list = async (asked: typeof query & Paging): Promise<List> =>
    (await api.ask('GET', path, { query: { ...asked } })) as List;
  if (noun.kind === 'Stage' && project !== undefined) {
    const links = `/projects/${segment(project, 'project')}/stages`;
    return {
      ...common,
      async read() {
        const linked = await everyPage((page) => api.ask('GET', links, { query: page }) as Promise<List>);
        const ids = new Set(linked.items.map(({ id }) => id));
        const { items, ...found } = await everyPage((page) => list({ ...query, ...page }));
        const own = items.filter(({ id }) => ids.has(id));
        if (paging === undefined) return { ...found, items: own, totalCount: own.length, pageSize: own.length };
        const { page, pageSize } = { page: paging.page ?? 1, pageSize: paging.pageSize ?? 100 };
        const shown = own.slice((page - 1) * pageSize, page * pageSize);
        return { ...found, items: shown, totalCount: own.length, page, pageSize };
      },
    };
  }
  return {
    ...common,
    async read(): Promise<Found> {
      if (paging === undefined) return everyPage((page) => list({ ...query, ...page }));
      const { apiVersion, items, totalCount, page, pageSize } = await list({ ...query, ...paging });
      return { apiVersion, single: false, items, totalCount, page, pageSize };
    },
  };
}

/** ` in project "my-app", stage "dev"`; empty where it is everywhere. */
export function placeWords(project: string | undefined, stage: string | undefined): string {
  return [
    ...(project === undefined ? [] : [` in project ${JSON.stringify(project)}`]),
    ...(stage === undefined ? [] : [`${project === undefined ? ' in' : ','} stage ${JSON.stringify(stage)}`]),
  ].join('');
}

interface Place {
  readonly project: string | undefined;
  readonly stage: string | undefined;
}

/** Where it is asked for. Global kinds are narrowed by what the command line says, and not by the context. */
function placeOf(call: Call, session: Session): Place {
  const said = (name: 'project' | 'stage'): string | undefined => call.text(name) || undefined;
  switch (call.noun!.kind) {
    case 'Project':
    case 'Template':
      return { project: undefined, stage: undefined };
    case 'Stage':
      return { project: call.args.length > 0 ? undefined : said('project'), stage: undefined };
    case 'ChangeRequest':
      return call.args.length > 0
        ? { project: undefined, stage: undefined }
        : { project: said('project'), stage: said('stage') };
    case 'FeatureFlagStage': {
      if (call.has('all-stages') && call.has('stage')) {
        throw new UsageError('--all-stages and --stage are both given; expected one of them');
      }
      const stage = call.has('all-stages') ? undefined : session.settings.stage || undefined;
      return { project: session.project(), stage };
    }
    default:
      return { project: session.project(), stage: undefined };
  }
}

/** What a filter has to say of the place, and of flags, where the address does not. */
function conditionOf({ project, stage }: Place, { kind }: Noun, flags: readonly string[]): string | undefined {
  const parts = [
    ...(kind === 'ChangeRequest' && project !== undefined ? [`projectId = ${JSON.stringify(project)}`] : []),
    ...(kind === 'ChangeRequest' && stage !== undefined ? [`stageId = ${JSON.stringify(stage)}`] : []),
    ...(flags.length === 0 ? [] : [`featureFlagId in (${flags.map((id) => JSON.stringify(id)).join(', ')})`]),
  ];
  return parts.length === 0 ? undefined : parts.join(' and ');
}

/** What both filters say. */
export function both(given: string | undefined, own: string | undefined): string | undefined {
  return given === undefined || own === undefined ? (given ?? own) : `(${given}) and (${own})`;
}

type Paging = Readonly<Record<'page' | 'pageSize', number | undefined>>;

/** One page, if one is asked for; undefined: all of them. */
function pagingOf(call: Call): Paging | undefined {
  const page = countIn(call, 'page', 1_000_000);
  const pageSize = countIn(call, 'page-size', LARGEST_PAGE);
  if (page === undefined && pageSize === undefined) return undefined;
  if (call.has('all')) throw new UsageError('--all goes with neither --page nor --page-size; expected one of them');
  return { page: page ?? 1, pageSize };
}

function refuseWithIds(call: Call): void {
  const ofLists = ['filter', 'sort', 'page', 'page-size', 'all', 'archived'];
  // a stage is one for all projects
  if (call.noun!.kind === 'Stage') ofLists.push('project');
  const given = ofLists.find((name) => call.has(name));
  if (given === undefined) return;
  throw new UsageError(`--${given} goes with lists, not with ids as ${JSON.stringify(call.args[0])}`);
}
