import { type Client, ProviderEvents } from '@openfeature/server-sdk';

/** Makes an edit, and waits for the PROVIDER_CONFIGURATION_CHANGED that it causes: the flags it names. */
export function changedBy(client: Client, edit: () => void): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const heard = new AbortController();
    client.addHandler(
      ProviderEvents.ConfigurationChanged,
      (event) => {
        heard.abort();
        resolve([...(event?.flagsChanged ?? [])].sort());
      },
      { signal: heard.signal },
    );
    edit();
  });
}
