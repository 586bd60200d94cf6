import type { EvaluationContext, EvaluationDetails, JsonValue, TrackingEventDetails } from '@openfeature/server-sdk';
import { currentClient } from './current-client.ts';

// Flags for the current request, by its client and its context; outside of a request, by the default client.

/** Evaluates a flag. Never rejects: an error serves the fallback. A `context` is added for this evaluation alone. */
export interface Ask<Value extends JsonValue> {
  (key: string, fallback: Value, context?: EvaluationContext): Promise<Value>;
  <T extends Value>(key: string, fallback: T, context?: EvaluationContext): Promise<T>;
}

/** Evaluates a flag and tells why it has its value, or which error served the fallback. Never rejects. */
export interface AskDetails<Value extends JsonValue> {
  (key: string, fallback: Value, context?: EvaluationContext): Promise<EvaluationDetails<Value>>;
  <T extends Value>(key: string, fallback: T, context?: EvaluationContext): Promise<EvaluationDetails<T>>;
}

/** The value of a boolean flag for the current request; an error serves the fallback. */
export function boolean(key: string, fallback: boolean, context?: EvaluationContext): Promise<boolean> {
  return currentClient().getBooleanValue(key, fallback, context);
}

/** The value of a string flag for the current request. */
export const string: Ask<string> = <T extends string>(key: string, fallback: T, context?: EvaluationContext) =>
  currentClient().getStringValue<T>(key, fallback, context);

/** The value of a number flag for the current request. */
export const number: Ask<number> = <T extends number>(key: string, fallback: T, context?: EvaluationContext) =>
  currentClient().getNumberValue<T>(key, fallback, context);

/** The value of an object flag for the current request. */
export const object: Ask<JsonValue> = <T extends JsonValue>(key: string, fallback: T, context?: EvaluationContext) =>
  currentClient().getObjectValue<T>(key, fallback, context);

/** The value of a boolean flag for the current request, and why; never rejects. */
export function booleanDetails(
  key: string,
  fallback: boolean,
  context?: EvaluationContext,
): Promise<EvaluationDetails<boolean>> {
  return currentClient().getBooleanDetails(key, fallback, context);
}

/** The value of a string flag for the current request, and why. */
export const stringDetails: AskDetails<string> = <T extends string>(
  key: string,
  fallback: T,
  context?: EvaluationContext,
) => currentClient().getStringDetails<T>(key, fallback, context);

/** The value of a number flag for the current request, and why. */
export const numberDetails: AskDetails<number> = <T extends number>(
  key: string,
  fallback: T,
  context?: EvaluationContext,
) => currentClient().getNumberDetails<T>(key, fallback, context);

/** The value of an object flag for the current request, and why. */
export const objectDetails: AskDetails<JsonValue> = <T extends JsonValue>(
  key: string,
  fallback: T,
  context?: EvaluationContext,
) => currentClient().getObjectDetails<T>(key, fallback, context);

/** Tells the provider, and what listens to it, that something happened in the current request: a purchase, a sign-up. */
export function track(event: string, details?: TrackingEventDetails): void {
  currentClient().track(event, {}, details);
}
