import type { ProgramOptions } from '../declaration.ts';
import { envNameOf, envNamesOf } from '../input/env-names.ts';
import { flagNames, type GateFlagNames, type GateSpelling } from '../input/flags.ts';
import { gateKey } from '../names.ts';

/** Where gates can be set. */
export type Way = 'flag' | 'env' | 'file' | 'cluster';

export const WAYS: readonly Way[] = ['flag', 'env', 'file', 'cluster'];

/** One spelling, and where it goes. */
export type WaySpelling = readonly [where: string, how: string];

/** Each spelling there is to set gates to one value, by way. */
export function spellingsOf(
  program: ProgramOptions,
  names: readonly string[],
  enabled: boolean,
  flags: GateFlagNames,
): Readonly<Record<Way, readonly WaySpelling[]>> {
  const list = names.map((name) => `${name}=${enabled}`).join(',');
  const values: { readonly [S in GateSpelling]: string } = {
    featureGates: list,
    features: list,
    featureEnable: names.join(','),
    featureDisable: names.join(','),
  };
  const other: GateSpelling = enabled ? 'featureDisable' : 'featureEnable';
  const variables = envNamesOf(program);
  const json = `'${JSON.stringify(Object.fromEntries(names.map((name) => [name, enabled])))}'`;
  const each = (write: (name: string) => string, between: string): string => names.map(write).join(between);
  return {
    flag: [...flagNames({ names: flags })]
      .filter(([spelling]) => spelling !== other)
      .map(([spelling, flag]) => ['command line', `${flag}=${values[spelling]}`]),
    env: [
      each((name) => `${envNameOf(program, name)}=${enabled}`, ' '),
      `${variables.featureGates}=${list}`,
      `${variables.features}=${json}`,
      `${variables[enabled ? 'featureEnable' : 'featureDisable']}=${names.join(',')}`,
    ].map((how) => ['environment', how]),
    file: [
      ['file, YAML', `features: { ${each((name) => `${yamlKey(name)}: ${enabled}`, ', ')} }`],
      ['file, TOML', `features = { ${each((name) => `${tomlKey(name)} = ${enabled}`, ', ')} }`],
    ],
    cluster: [['cluster', each((name) => `${gateKey(name)}=${enabled}`, ' ')]],
  };
}

/** Some words are no text in YAML, whatever version of it is read. */
function yamlKey(name: string): string {
  return /^(?:null|true|false|yes|no|on|off|y|n)$/i.test(name) ? `"${name}"` : name;
}

/** A dot would make a table within the table. */
function tomlKey(name: string): string {
  return name.includes('.') ? `"${name}"` : name;
}
