import { launchDarklyResolver } from '@flagwright/bridges/launchdarkly';
import { unleashResolver } from '@flagwright/bridges/unleash';
import { durationOf, type Resolver } from '@flagwright/core';
import { type SourceResolverOptions, sourceResolver } from '@flagwright/provider';
import { overlay } from '@flagwright/sources/overlay';
import { watchResolver } from '@flagwright/telemetry';
import type { Settings } from './checked.ts';
import type { ProviderName } from './config.ts';
import { forgiving } from './offline.ts';
import { overriding } from './overriding.ts';
import { isCutOff, openOverrides, openSource } from './sources.ts';
import type { Watched } from './telemetry.ts';

/** How flags are followed and answered, where the configuration does not say it. */
export type ResolverOptions = Omit<SourceResolverOptions, 'refreshInterval' | 'subscribe' | 'onRead'>;

/** How the client of each vendor is asked. Their packages are loaded at the start, and only then. */
const VENDORS: Readonly<Partial<Record<ProviderName, (settings: Settings, options: ResolverOptions) => Resolver>>> = {
  launchdarkly: ({ get }, { sinks }) =>
    launchDarklyResolver({
      sdkKey: get('launchdarkly.sdkKey'),
      baseUrl: get('launchdarkly.baseUrl'),
      sendEvents: get('sendEvents'),
      startTimeout: durationOf(get('startTimeout')!),
      sinks,
    }),
  unleash: ({ get }, { sinks, requireBucketingKey }) =>
    unleashResolver({
      url: get('unleash.url'),
      token: get('unleash.token'),
      appName: get('unleash.appName'),
      environment: get('unleash.environment'),
      backupPath: get('unleash.backupPath'),
      refreshInterval: durationOf(get('refreshInterval')!),
      sendEvents: get('sendEvents'),
      startTimeout: durationOf(get('startTimeout')!),
      requireBucketingKey,
      sinks,
    }),
};

/** What answers by a configuration, not started; `onRead` is told how its backend is doing. */
export function openResolver({ settings, onRead }: Watched, given: ResolverOptions): Resolver {
  const { get } = settings;
  const name = get('provider')!;
  const options = get('sendEvents') === true ? given : { ...given, sinks: [] };
  const vendor = isCutOff(settings) ? undefined : VENDORS[name];
  if (vendor !== undefined) {
    const resolver = watchResolver(vendor(settings, options), onRead);
    return settings.overridable ? overriding(resolver, () => overlay(...openOverrides(settings))) : resolver;
  }
  // what the source itself does not take is told now, and not when it is started
  void openSource(settings).close?.();
  const ours = sourceResolver(() => openSource(settings), { ...options, ...followOptions(settings), onRead });
  const resolver = { ...ours, name };
  return isCutOff(settings) ? forgiving(resolver) : resolver;
}

/** What a configuration says of how its source is followed. */
export function followOptions({ get }: Settings): { readonly refreshInterval: number } {
  return { refreshInterval: durationOf(get('refreshInterval')!)! };
}
