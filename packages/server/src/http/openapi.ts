import type { JsonSchema } from '@flagwright/core';
import { valueToYaml } from '@flagwright/core/text';
import { MORE_ISSUES } from './first-issues.ts';
import { type SchemaWriter, schemaWriter } from './openapi-schema.ts';
import type { Answer, Operation } from './operation.ts';
import { parameterSchema } from './path-parameters.ts';
import { PROBLEM_TYPE, PROBLEMS } from './problem.ts';
import type { Definitions } from './shape.ts';

/** What an OpenAPI document says beside its operations. */
export interface OpenApiOptions {
  readonly title: string;
  /** Of the API. */
  readonly version: string;
  readonly description?: string | undefined;
  /** The schemas that those of operations refer to as `#/definitions/<name>`. */
  readonly schemas: Definitions;
  /** What each tag is about, by its name. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Path items of what is no operation, as mounted handlers, by path. */
  readonly paths?: Readonly<Record<string, object>> | undefined;
}

const PROBLEM: JsonSchema = {
  title: 'Problem',
  description: 'Why a request was refused, by RFC 9457.',
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string', description: 'A URN that stays the same: `urn:flagwright:problem:version-conflict`.' },
    title: { type: 'string', description: 'What kind of problem it is.' },
    status: { type: 'integer', description: 'The status of the answer.' },
    detail: { type: 'string', description: 'What is wrong with this request.' },
    code: { type: 'string', enum: Object.keys(PROBLEMS), description: 'The kind of problem, for programs.' },
    requestId: { type: 'string', description: 'By what the log of the server names the request.' },
    hint: { type: 'string', description: 'What to do about it.' },
    moreIssues: MORE_ISSUES,
    issues: {
      type: 'array',
      description: 'What is wrong with the body, part by part.',
      items: {
        type: 'object',
        required: ['path', 'message', 'code'],
        properties: {
          path: { type: 'array', items: { type: ['string', 'integer'] }, description: 'Names and positions.' },
          message: { type: 'string' },
          expected: { type: 'string' },
          hint: { type: 'string' },
          code: { type: 'string', description: 'As `unknown-property`.' },
          place: {
            type: 'object',
            description: 'Where in the text; both count from 1.',
            required: ['line', 'column'],
            properties: { line: { type: 'integer' }, column: { type: 'integer' } },
          },
        },
      },
    },
  },
};

/**
 * The OpenAPI 3.1 document of operations: https://spec.openapis.org/oas/v3.1.0. Throws `FlagError('INVALID_ARGUMENT')`
 * for schemas that contradict each other.
 */
export function openapi(operations: readonly Operation[], options: OpenApiOptions): object {
  const { title, version, description, schemas, tags = {}, paths: more = {} } = options;
  const writer = schemaWriter({ ...schemas, Problem: PROBLEM });
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const { path, method } = operation;
    paths[path] ??= parametersOf(path);
    paths[path][method.toLowerCase()] = operationObject(operation, writer);
  }
  const names = [...new Set(operations.map(({ tag }) => tag))];
  return {
    openapi: '3.1.0',
    info: { title, version, ...(description === undefined ? {} : { description }) },
    tags: names.map((name) => ({ name, ...(Object.hasOwn(tags, name) ? { description: tags[name] } : {}) })),
    security: [{ bearer: [] }, { apiKey: [] }],
    paths: { ...paths, ...more },
    components: {
      schemas: writer.components,
      responses: {
        Problem: {
          description: 'The request was refused.',
          content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
  };
}

function parametersOf(path: string): Record<string, object> {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  if (names.length === 0) return {};
  const parameters = names.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', minLength: 1, ...parameterSchema(name) },
  }));
  return { parameters };
}

const ACCESS: Readonly<Record<Operation['access'], string>> = {
  public: 'Needs no token.',
  own: 'Needs a token; what it may do depends on what is asked.',
  read: 'Needs a token that may read.',
  write: 'Needs a token that may write.',
  approve: 'Needs a token that may approve.',
  administer: 'Needs a token that may administer.',
  evaluate: 'Needs a token that may evaluate.',
};

function operationObject(operation: Operation, { write }: SchemaWriter): object {
  const { id, tag, summary, description, access, query, body, answers, method } = operation;
  const content = (schema: JsonSchema, types: readonly string[]): object =>
    Object.fromEntries(types.map((type) => [type, { schema: write(schema) }]));
  const answer = ({ description, schema, type = 'application/json' }: Answer): object =>
    schema === undefined ? { description } : { description, content: content(schema, [type]) };
  const parameters = Object.entries(query ?? {}).map(([name, parameter]) => ({
    name,
    in: 'query',
    description: parameter.description,
    schema: write(parameter.schema),
  }));
  const types = ['application/json', ...(method === 'PATCH' ? ['application/merge-patch+json'] : [])];
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: description === undefined ? ACCESS[access] : `${description}\n\n${ACCESS[access]}`,
    ...(access === 'public' ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: content(body, types) } }),
    responses: {
      ...Object.fromEntries(refusals(operation).map((status) => [status, PROBLEM_ANSWER])),
      ...Object.fromEntries(Object.entries(answers).map(([status, one]) => [status, answer(one)])),
      default: PROBLEM_ANSWER,
    },
  };
}

const PROBLEM_ANSWER = { $ref: '#/components/responses/Problem' };

/** The statuses of problems that every operation of its kind may answer; others come under `default`. */
function refusals({ access, path, body }: Operation): readonly number[] {
  return [
    400,
    ...(access === 'public' ? [] : [401, 403, 429]),
    ...(path.includes('{') ? [404] : []),
    ...(body === undefined ? [] : [413, 415, 422]),
  ];
}

/** `GET /openapi.json`, `/openapi.yaml` and `/feature-flags.yaml`: the document of the operations, and of these. */
export function openapiOperations(operations: readonly Operation[], options: OpenApiOptions): readonly Operation[] {
  const yaml = 'application/yaml';
  const made: readonly Operation[] = [
    described('getOpenApi', '/openapi.json', 'application/json', () => json()),
    described('getOpenApiYaml', '/openapi.yaml', yaml, () => text()),
    described('getFeatureFlagsYaml', '/feature-flags.yaml', yaml, () => text()),
  ];
  const document = openapi([...operations, ...made], options);
  // seldom asked for, and not needed to start
  const json = once(() => JSON.stringify(document));
  const text = once(() => valueToYaml(document));
  return made;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function described(id: string, path: string, type: string, text: () => string): Operation {
  return {
    id,
    method: 'GET',
    path,
    tag: 'Server',
    summary: `This document, as ${type === 'application/json' ? 'JSON' : 'YAML'}`,
    access: 'public',
    answers: {
      200: {
        description: 'The document.',
        type,
        schema: type === 'application/json' ? { type: 'object' } : { type: 'string' },
      },
    },
    handle: async () => new Response(text(), { headers: { 'content-type': type } }),
  };
}
