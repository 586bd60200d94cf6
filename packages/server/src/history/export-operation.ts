import type { JsonSchema } from '@flagwright/core';
import { demand } from '../access/principal.ts';
import type { Database } from '../database/database.ts';
import type { Operation } from '../http/operation.ts';
import { checkParameter } from '../http/path-parameters.ts';
import { Problem } from '../http/problem.ts';
import { keys } from '../resources/resource.ts';
import { notFound } from '../resources/save.ts';
import { find } from '../resources/table.ts';
import { API_VERSION, BASE } from '../schema/definitions.ts';
import { documentOf, manifestsOf } from './export-pieces.ts';

const EXPORT: JsonSchema = {
  title: 'Export',
  description: 'A list of manifests, or with format=document a flag document.',
  type: 'object',
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string', enum: ['List'] },
    items: { type: 'array', items: { type: 'object' }, description: 'In the order in which to apply them.' },
    omitted: {
      type: 'array',
      items: { type: 'object' },
      description: 'What cannot be applied again, and why. Absent if there is none.',
    },
    flags: { type: 'object', description: 'Of a flag document.' },
    attributes: { type: 'object', description: 'Of a flag document.' },
  },
};

/** All of a project at one moment: to apply it to another server, or to serve a stage from a file. */
export function exportOperation(database: Database): Operation {
  return {
    id: 'exportProject',
    method: 'GET',
    path: `${BASE}/projects/{project}/export`,
    tag: 'Projects',
    summary: 'Exports a project',
    description: 'Without versions and times. Where a stage takes changes by request only, it takes force to apply it.',
    access: 'read',
    query: {
      format: {
        description: '`manifests` of all resources, or the flag `document` of one stage. Default: manifests.',
        schema: { type: 'string', enum: ['manifests', 'document'] },
      },
      stage: { description: 'The stage of a document.', schema: { type: 'string', maxLength: 63 } },
      includeStages: {
        description: 'Begins with the stages themselves, which belong to no project. Default: false.',
        schema: { type: 'boolean' },
      },
    },
    answers: { 200: { description: 'All of it.', schema: EXPORT } },
    async handle({ params, query, who }) {
      const project = params.project!;
      const stage = query.stage as string | undefined;
      if (query.format === 'document') {
        if (stage === undefined) throw invalid('format=document needs a stage');
        if (query.includeStages !== undefined) throw invalid('includeStages does not go with format=document');
        checkParameter('stage', stage);
        demand(who, 'read', { project, stage });
        const { flags, attributes } = await database.read(async (sql) => {
          for (const key of [keys.project(project), keys.link(project, stage)]) {
            if ((await find(sql, key)) === undefined) throw notFound(key);
          }
          return documentOf(sql, project, stage);
        });
        return streamed([
          { open: '{"flags":{', texts: flags, close: '}' },
          { open: ',"attributes":{', texts: attributes, close: '}}\n' },
        ]);
      }
      if (stage !== undefined) throw invalid('stage goes with format=document only');
      const { texts, omitted } = await database.read((sql) =>
        manifestsOf(sql, project, who, query.includeStages === true),
      );
      const rest = omitted.length === 0 ? '' : `,"omitted":${JSON.stringify(omitted)}`;
      const open = `{"apiVersion":${JSON.stringify(API_VERSION)},"kind":"List","items":[`;
      return streamed([{ open, texts, close: `]${rest}}\n` }]);
    },
  };
}

const invalid = (message: string): Problem => new Problem('INVALID_ARGUMENT', message);

/** A part of a text: what stands before, between commas, and after. */
interface Part {
  readonly open: string;
  readonly texts: readonly string[];
  readonly close: string;
}

/** How many characters are sent at once, about. */
const CHUNK = 2 ** 16;

/** Sent as fast as it is read, after the database has done its part: nobody who reads slowly keeps it waiting. */
function streamed(parts: readonly Part[]): Response {
  const chunks = chunksOf(parts);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
  return new Response(body, { headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } });
}

/** Each item in a line of its own, so that two exports can be compared. */
function* chunksOf(parts: readonly Part[]): Generator<string, undefined> {
  let chunk = '';
  for (const { open, texts, close } of parts) {
    chunk += open;
    for (const [i, text] of texts.entries()) {
      chunk += `${i === 0 ? '\n' : ',\n'}${text}`;
      if (chunk.length < CHUNK) continue;
      yield chunk;
      chunk = '';
    }
    chunk += close;
  }
  yield chunk;
}
