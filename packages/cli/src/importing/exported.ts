/** A manifest as a server exports it. */
export interface Exported {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly spec: unknown;
}
