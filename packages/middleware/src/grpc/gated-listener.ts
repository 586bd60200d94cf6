import type { Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';

/** What hears the events of a call. */
export type Listener = Parameters<ServerInterceptingCallInterface['start']>[0];

/**
 * A listener that hears of a call once `admit`, which is given its metadata, lets it begin. What comes before that waits,
 * in order; a call that is cancelled meanwhile never begins. Every event is told by way of `run`.
 */
export function gatedListener(
  listener: Listener,
  admit: (metadata: Metadata, begin: () => void) => void,
  run: (event: () => void) => void = (event) => event(),
): Listener {
  let waiting: (() => void)[] | undefined = [];
  let cancelled = false;
  const tell = (event: () => void): void => {
    if (waiting === undefined) run(event);
    else waiting.push(event);
  };
  const begin = (metadata: Metadata): void => {
    if (cancelled) return;
    run(() => listener.onReceiveMetadata(metadata));
    // to be told of one may ask for the next, which must not overtake
    for (let event = waiting?.shift(); event !== undefined; event = waiting?.shift()) run(event);
    waiting = undefined;
  };
  // the number of parameters tells grpc-js what kind of listener this is: one each
  return {
    onReceiveMetadata: (metadata) => admit(metadata, () => begin(metadata)),
    onReceiveMessage: (message) => tell(() => listener.onReceiveMessage(message)),
    onReceiveHalfClose: () => tell(() => listener.onReceiveHalfClose()),
    onCancel() {
      cancelled = true;
      run(() => listener.onCancel());
    },
  };
}
