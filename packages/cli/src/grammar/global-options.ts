import type { Option } from './command.ts';

/** How results are shown. */
export const OUTPUTS = ['table', 'wide', 'json', 'yaml', 'name'] as const;

/** How some commands, too, show what they found: for build servers and code hosts. */
export const REPORTS: readonly string[] = ['sarif', 'junit'];

/** How results are shown. */
export type Output = (typeof OUTPUTS)[number];

/** What goes with every command. */
export const GLOBAL_OPTIONS: readonly Option[] = [
  {
    name: 'project',
    value: 'id',
    summary: 'the project',
    otherwise: 'that of the context',
    env: 'FLAGCTL_PROJECT',
    complete: 'project',
  },
  {
    name: 'stage',
    value: 'id',
    summary: 'the stage',
    otherwise: 'that of the context',
    env: 'FLAGCTL_STAGE',
    complete: 'stage',
  },
  {
    name: 'context',
    value: 'name',
    summary: 'the context of the configuration to use',
    otherwise: 'current-context',
    env: 'FLAGCTL_CONTEXT',
    complete: 'profile',
  },
  {
    name: 'output',
    short: 'o',
    value: 'format',
    choices: OUTPUTS,
    summary: 'how results are shown',
    otherwise: 'table',
    env: 'FLAGCTL_OUTPUT',
  },
  { name: 'plain', summary: 'no colours, and no questions' },
  { name: 'dry-run', summary: 'say what would be done, and do nothing' },
  {
    name: 'config',
    value: 'file',
    summary: 'the configuration',
    otherwise: '~/.config/flagctl/config',
    env: 'FLAGCTL_CONFIG',
    complete: 'file',
  },
  {
    name: 'server',
    value: 'url',
    summary: 'the server',
    otherwise: 'that of the context, else http://127.0.0.1:8080',
    env: 'FLAGCTL_SERVER',
  },
  { name: 'verbose', short: 'v', summary: 'tell of every request, on the standard error' },
  { name: 'help', short: 'h', summary: 'tell more of a command' },
];

const named = (name: string): Option => GLOBAL_OPTIONS.find((option) => option.name === name)!;

/** Of what makes changes: why. */
export const COMMENT: Option = { name: 'comment', value: 'text', summary: 'why; kept in the history' };

/** The stage of a stage definition, and of nothing else. */
export const STAGE_OF_DEFINITIONS: Option = { ...named('stage'), kinds: ['FeatureFlagStage'] };

/** The stage of stage definitions and change requests. */
export const STAGE_OF_REQUESTS: Option = { ...named('stage'), kinds: ['FeatureFlagStage', 'ChangeRequest'] };

/** The project that lists are of; of stages, those that it is linked to. */
export const PROJECT_OF_LISTS: Option = {
  ...named('project'),
  kinds: ['Stage', 'ProjectStage', 'Context', 'FeatureFlag', 'FeatureFlagStage', 'ChangeRequest'],
};

/** The project and the stage of what brings the two together, whatever it is named by: a link, or a flag that is evaluated. */
export const PROJECT_AND_STAGE: readonly Option[] = [{ ...named('project') }, { ...named('stage') }];
