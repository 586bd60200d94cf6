import type { Feature } from './server.ts';

/** A flag with one variant that serves a payload to everybody. */
export function serving(name: string, type: string, value: string, more: Partial<Feature> = {}): Feature {
  return { name, variants: [variant('only', 1000, { type, value })], ...more };
}

/** A variant. */
export function variant(name: string, weight: number, payload?: object, more: object = {}): object {
  return {
    name,
    weight,
    weightType: 'fix',
    stickiness: 'default',
    ...(payload === undefined ? {} : { payload }),
    ...more,
  };
}

/** A strategy that is on for a share of users. */
export function rollout(percent: number, more: Readonly<Record<string, unknown>> = {}): object {
  const { parameters, ...rest } = more as { parameters?: object };
  return {
    name: 'flexibleRollout',
    constraints: [],
    parameters: { rollout: String(percent), stickiness: 'default', groupId: 'g', ...parameters },
    ...rest,
  };
}

/** A constraint that the value of an attribute is among some. */
export function among(contextName: string, ...values: string[]): object {
  return { contextName, operator: 'IN', values, inverted: false, caseInsensitive: false };
}

/** The flags of the contract of resolvers. */
export function contractFlags(changing: boolean): readonly Feature[] {
  return [
    { name: 'contract-true' },
    { name: 'contract-false', strategies: [rollout(0)] },
    serving('contract-string', 'string', 'hello'),
    serving('contract-empty', 'string', ''),
    serving('contract-number', 'number', '3.5'),
    serving('contract-integer', 'number', '42'),
    serving('contract-zero', 'number', '0'),
    serving('contract-object', 'json', '{"a":[1,{"b":"two"}]}'),
    { name: 'contract-off', enabled: false },
    { name: 'contract-changing', enabled: changing },
  ];
}
