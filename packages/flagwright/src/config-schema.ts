import { SETTINGS } from './settings.ts';

type Schema = Record<string, unknown>;

/** The JSON Schema of a file of configuration, for editors: made of the table of settings. */
export function configSchema(): Schema {
  const properties: Record<string, Schema> = { $schema: { type: 'string' } };
  for (const [path, { kind, summary, default: value, variables }] of Object.entries(SETTINGS)) {
    const said = variables.length === 0 ? '' : ` Also ${variables.join(', ')}.`;
    const property: Schema = {
      description: `${summary[0]!.toUpperCase()}${summary.slice(1)}.${said}`,
      ...kind.schema,
      ...(value === undefined ? {} : { default: value }),
    };
    const [group, name] = path.split('.') as [string, string?];
    if (name === undefined) properties[group] = property;
    else {
      properties[group] ??= { type: ['object', 'null'], additionalProperties: false, properties: {} };
      (properties[group].properties as Schema)[name] = property;
    }
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'flagwright.yaml',
    description: 'Where the feature flags of an application come from.',
    type: 'object',
    additionalProperties: false,
    properties,
  };
}
