import type { Option } from '../grammar/command.ts';
import { PROJECT_OF_LISTS, STAGE_OF_REQUESTS } from '../grammar/global-options.ts';

/** The largest page that a server has. */
export const LARGEST_PAGE = 1_000;

/** Which page, of lists. */
export const PAGE_OPTIONS: readonly Option[] = [
  { name: 'page', value: 'number', summary: 'only this page, from 1; past the end there is nothing' },
  {
    name: 'page-size',
    value: 'number',
    summary: `how many to a page, up to ${LARGEST_PAGE}; without --page, the first one`,
    otherwise: '100',
  },
];

export const NO_HEADERS: Option = { name: 'no-headers', summary: 'tables without their titles' };

/** What is listed, and how: of `get` and `watch`. */
export const LIST_OPTIONS: readonly Option[] = [
  PROJECT_OF_LISTS,
  STAGE_OF_REQUESTS,
  {
    name: 'filter',
    value: 'expression',
    summary: "only what it is true of, as 'name~checkout and type=BOOLEAN'; the server decides",
  },
  {
    name: 'sort',
    value: 'fields',
    summary: "the order, as '-modificationInfo.lastModifiedTime, id'; - for the last first",
    otherwise: 'by id; change requests: the newest first',
  },
  { name: 'archived', summary: 'archived flags, too', kinds: ['FeatureFlag'] },
  {
    name: 'all-stages',
    summary: 'of all stages, even if the context names one',
    kinds: ['FeatureFlagStage'],
  },
  NO_HEADERS,
];

/** How it is looked for changes. */
export const WATCH_OPTIONS: readonly Option[] = [
  { name: 'interval', value: 'duration', summary: 'how often to look, as 10s or 1m; from 1s', otherwise: '2s' },
  { name: 'watch-only', summary: 'only the changes, without what is there at the beginning' },
];

/** By what lists can be filtered and sorted, a line for each kind, as a help text has them. */
export const FILTER_FIELDS: string = [
  '  all: id, version, modificationInfo.createdTime, modificationInfo.createdBy,\n    modificationInfo.lastModifiedTime, modificationInfo.lastModifiedBy',
  '  projects, stages: name, description, owners',
  '  links to stages: projectId, stageId, requireChangeRequest, requireSecondApprover',
  '  feature flags: name, description, projectId, type, owner, tags, enabled, defaultVariant, archived',
  '  stage definitions: projectId, featureFlagId, stageId, enabled, defaultVariant, targeting (true or false)',
  '  context attributes: name, description, projectId, type',
  '  templates: name, description, type',
  '  change requests: as stage definitions, and comment, status (pending, applied, closed, or of\n    those that are pending: approved), requester,\n    approvedBy, approvedToken, applyAt',
].join('\n');
