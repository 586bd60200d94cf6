import type { JsonSchema } from '@flagwright/core';
import { parseText } from '@flagwright/core/text';
import { describe, expect, it } from 'vitest';
import { openapi, openapiOperations } from './openapi.ts';
import type { Operation } from './operation.ts';
import { router } from './router.ts';

const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Flag: {
    title: 'Flag',
    type: 'object',
    additionalProperties: false,
    'x-unknown': 'error',
    properties: {
      id: { type: 'string', 'x-expected': 'an id', 'x-hint': 'an id', pattern: '^a$' },
      'x-tra': { type: ['string', 'null'], tsType: 'string' },
      $ref: { type: 'string' },
      variants: {
        anyOf: [
          { type: 'array', items: { $ref: '#/definitions/Variant' } },
          { type: 'object', additionalProperties: { $ref: '#/definitions/Variant' } },
        ],
      },
    },
  },
  Variant: { type: 'object', properties: { value: { description: 'Any.', tsType: 'unknown' } } },
};

const handle = async () => ({});
const OPERATIONS: readonly Operation[] = [
  {
    id: 'getFlag',
    method: 'GET',
    path: '/projects/{project}/flags/{flag}',
    tag: 'Flags',
    summary: 'One flag',
    access: 'read',
    query: { stage: { description: 'Where.', schema: { type: 'string', maxLength: 63, 'x-hint': 'x' } } },
    answers: { 200: { description: 'The flag.', schema: { $ref: '#/definitions/Flag' } } },
    handle,
  },
  {
    id: 'patchFlag',
    method: 'PATCH',
    path: '/projects/{project}/flags/{flag}',
    tag: 'Flags',
    summary: 'Changes a flag',
    description: 'By RFC 7396.',
    access: 'write',
    body: { $ref: '#/definitions/Flag', definitions: { Extra: { type: 'string' } } },
    answers: {
      200: { description: 'The flag.', schema: { $ref: '#/definitions/Flag' } },
      404: { description: 'None.' },
    },
    handle,
  },
  {
    id: 'ping',
    method: 'GET',
    path: '/ping',
    tag: 'Server',
    summary: 'Ping',
    access: 'public',
    answers: { 204: { description: 'Pong.' } },
    handle,
  },
];

interface Doc {
  readonly openapi: string;
  readonly tags: readonly object[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Record<string, unknown>>> };
}

const INFO = { title: 'Flags', version: '0.3', schemas: SCHEMAS, tags: { Flags: 'What decides.' } };
const made = (operations = OPERATIONS): Doc => openapi(operations, INFO) as Doc;

describe('the OpenAPI document', () => {
  it('has a path of each operation, with its parameters, body and answers', () => {
    const { paths, tags } = made();
    const problem = { $ref: '#/components/responses/Problem' };
    const flag = { schema: { $ref: '#/components/schemas/Flag' } };
    expect(tags).toEqual([{ name: 'Flags', description: 'What decides.' }, { name: 'Server' }]);
    expect(paths['/projects/{project}/flags/{flag}']).toEqual({
      parameters: [
        expect.objectContaining({
          name: 'project',
          in: 'path',
          required: true,
          schema: expect.objectContaining({ maxLength: 63 }),
        }),
        expect.objectContaining({
          name: 'flag',
          in: 'path',
          required: true,
          schema: expect.objectContaining({ maxLength: 200 }),
        }),
      ],
      get: {
        operationId: 'getFlag',
        tags: ['Flags'],
        summary: 'One flag',
        description: 'Needs a token that may read.',
        parameters: [{ name: 'stage', in: 'query', description: 'Where.', schema: { type: 'string', maxLength: 63 } }],
        responses: {
          200: { description: 'The flag.', content: { 'application/json': flag } },
          400: problem,
          401: problem,
          403: problem,
          404: problem,
          429: problem,
          default: problem,
        },
      },
      patch: expect.objectContaining({
        description: 'By RFC 7396.\n\nNeeds a token that may write.',
        requestBody: { required: true, content: { 'application/json': flag, 'application/merge-patch+json': flag } },
        responses: expect.objectContaining({ 404: { description: 'None.' }, 415: problem, 422: problem }),
      }),
    });
    expect(paths['/ping']!.get).toMatchObject({ security: [], responses: { 204: { description: 'Pong.' } } });
    expect(paths['/ping']).not.toHaveProperty('parameters');
  });

  it('has the schemas by name, without what only our tools read', () => {
    const { schemas } = made().components;
    expect(Object.keys(schemas).sort()).toEqual(['Extra', 'Flag', 'Problem', 'Variant']);
    expect(schemas.Flag).toEqual({
      title: 'Flag',
      type: 'object',
      additionalProperties: false,
      properties: {
        id: { type: 'string', pattern: '^a$' },
        'x-tra': { type: ['string', 'null'] },
        $ref: { type: 'string' },
        variants: {
          anyOf: [
            { type: 'array', items: { $ref: '#/components/schemas/Variant' } },
            { type: 'object', additionalProperties: { $ref: '#/components/schemas/Variant' } },
          ],
        },
      },
    });
    expect(schemas.Variant).toEqual({ type: 'object', properties: { value: { description: 'Any.' } } });
  });

  it('refers to nothing that is not there', () => {
    const document = made();
    const targets = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    expect(targets.length).toBeGreaterThan(5);
    for (const target of targets) {
      const found = target.split('/').reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], document);
      expect(found, target).toBeTypeOf('object');
    }
  });

  it('does not have two schemas of one name', () => {
    const operation = { ...OPERATIONS[1]!, body: { definitions: { Flag: { type: 'string' } } } } as const;
    expect(() => made([operation])).toThrow(/two schemas "Flag"/);
  });

  it('is served to everybody, in both formats, with what serves it', async () => {
    const operations = openapiOperations(OPERATIONS, INFO);
    const ask = router(operations, { authenticate: () => Promise.reject(new Error('asked')) });
    const [json, yaml, named] = await Promise.all(
      ['/openapi.json', '/openapi.yaml', '/feature-flags.yaml'].map((path) =>
        ask(new Request(`http://server.test${path}`)),
      ),
    );
    expect([json!, yaml!, named!].map(({ headers }) => headers.get('content-type'))).toEqual([
      'application/json',
      'application/yaml',
      'application/yaml',
    ]);
    const document = (await json!.json()) as Doc;
    expect(Object.keys(document.paths)).toEqual([
      '/projects/{project}/flags/{flag}',
      '/ping',
      '/openapi.json',
      '/openapi.yaml',
      '/feature-flags.yaml',
    ]);
    const text = await yaml!.text();
    expect(parseText(text).document).toEqual(document);
    expect(await named!.text()).toBe(text);
  });
});
