import type { JsonSchema } from '@flagwright/core';
import type { Principal, Verb } from '../access/principal.ts';

/** What a request is for the limits of its caller. */
export type Use = 'read' | 'write';

/** A parameter of the query. */
export interface Parameter {
  readonly description: string;
  /** A type of text, `integer` or `boolean`; checked, and turned into it. */
  readonly schema: JsonSchema;
}

/** What an operation may answer. */
export interface Answer {
  readonly description: string;
  readonly schema?: JsonSchema | undefined;
  /** Default: `application/json`. */
  readonly type?: string | undefined;
}

/** A request, checked. */
export interface Call {
  readonly request: Request;
  /** For the history and the log. */
  readonly requestId: string;
  readonly who: Principal;
  /** The parts of the path, decoded; what looks like an id was checked to be one. */
  readonly params: Readonly<Record<string, string>>;
  /** The parameters of the query; absent if not given. */
  readonly query: Readonly<Record<string, string | number | boolean | undefined>>;
  /** The body, by the schema of the operation; undefined if it has none. */
  readonly body: unknown;
}

/** An answer: a body to send as JSON, or a response as it is. */
export interface Reply {
  /** Default: 200, or 204 without a body. */
  readonly status?: number | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * One thing that can be asked of the server: the only definition of it. The router, the checks of what comes in, the
 * OpenAPI document and the types of the client follow from it.
 */
export interface Operation {
  /** Unique, in camel case: `createFeatureFlag`. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Whole path with parameters: `/platform/…/projects/{project}`. */
  readonly path: string;
  /** The section of the OpenAPI document. */
  readonly tag: string;
  readonly summary: string;
  readonly description?: string | undefined;
  /**
   * What the caller must be allowed, at the place named by the path's `project` and `stage`, checked before the body is
   * read; `public`: nothing; `own`: any token, and the handler decides.
   */
  readonly access: Verb | 'public' | 'own';
  /** By which of the caller's budgets it is counted. Default: as a read if it is a `GET`, otherwise as a change. */
  readonly counts?: Use | undefined;
  readonly query?: Readonly<Record<string, Parameter>> | undefined;
  /** The body must be JSON of this shape. */
  readonly body?: JsonSchema | undefined;
  /** A body may have so many bytes, or as many as any, if these are more. */
  readonly maxBytes?: number | undefined;
  /** By status. Problems need no mention: every operation may answer them. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Throws `Problem` or `FlagError`. */
  handle(call: Call): Promise<Reply | Response>;
}
