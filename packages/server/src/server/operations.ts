import { tokenOperations } from '../access/token-operations.ts';
import { changeOperations } from '../changes/operations.ts';
import type { Database } from '../database/database.ts';
import { evaluateOperations } from '../evaluate/operations.ts';
import { changeHistoryOperations } from '../history/operations.ts';
import { healthOperations, metricsOperation } from '../http/health.ts';
import type { Metrics } from '../http/metrics.ts';
import { openapiOperations } from '../http/openapi.ts';
import type { Operation } from '../http/operation.ts';
import { resourceOperations } from '../resources/operations.ts';
import { DEFINITIONS } from '../schema/definitions.ts';
import { templateOperations } from '../templates/template-operations.ts';
import { usageOperations } from '../usage/usage-operations.ts';
import { VERSION } from './version.ts';

const TAGS: Readonly<Record<string, string>> = {
  Projects: 'Containers of feature flags, context attributes and links to stages.',
  Stages: 'Deployment environments.',
  'Feature Flag Definitions': 'The blueprints of flags: type, variants, and what holds where no stage says otherwise.',
  'Feature Flag Stage Definitions': 'What flags do in one stage.',
  Contexts: 'Attributes that contexts carry and targeting may use.',
  'Change Requests': 'Changes of stage definitions that are decided upon before they are made.',
  Audit: 'Who did what, over all resources.',
  'Many at once': 'Resources of all kinds, in one transaction.',
  Validation: 'Whether something could be written, before it is.',
  Tokens: 'By which callers are known, and what they may do.',
  Webhooks: 'Who is told of changes.',
  Templates: 'Of which flags are made.',
  Usage: 'How often flags are evaluated.',
  Server: 'How the server is.',
};

/** All that can be asked of a server, with `more` that some part of it has, and the document that describes it. */
export function serverOperations(
  database: Database,
  metrics: Metrics,
  publicMetrics: boolean,
  more: readonly Operation[],
): readonly Operation[] {
  const operations: readonly Operation[] = [
    ...resourceOperations(database),
    ...changeOperations(database),
    ...changeHistoryOperations(database),
    ...evaluateOperations(database),
    ...templateOperations(database),
    ...usageOperations(database),
    ...tokenOperations(database),
    ...more,
    ...healthOperations({ probe: () => database.query('select 1') }),
    metricsOperation(metrics, publicMetrics),
  ];
  const described = openapiOperations(operations, {
    title: 'Flagwright feature flag management',
    version: VERSION,
    schemas: DEFINITIONS,
    tags: TAGS,
  });
  return [...operations, ...described];
}
