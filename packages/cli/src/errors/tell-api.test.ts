import type { Issue } from '@flagwright/core';
import { ApiError, type ProblemCode } from '@flagwright/server/client';
import { expect, it } from 'vitest';
import { toldJson, toldOf, toldText } from './tell.ts';

interface Given {
  readonly status: number;
  readonly code?: ProblemCode;
  readonly message: string;
  readonly hint?: string;
  readonly issues?: readonly Issue[];
  readonly members?: Readonly<Record<string, unknown>>;
}

function refusal({ message, code, hint, issues = [], members = {}, ...rest }: Given): ApiError {
  return new ApiError(message, { code, hint, issues, members, requestId: 'r-1', ...rest });
}

async function told(given: Given): Promise<{ readonly exit: number; readonly text: string }> {
  const what = await toldOf(refusal(given));
  return { exit: what.exit, text: toldText(what) };
}

const issue = (path: Issue['path'], message: string, more: Partial<Issue> = {}): Issue => ({
  severity: 'error',
  code: 'some',
  path,
  message,
  ...more,
});

it.each<[name: string, given: Given, exit: number, text: string]>([
  [
    'a flag that is not there',
    {
      status: 404,
      code: 'NOT_FOUND',
      message: 'feature flag "my-flag" in project "my-app" not found',
      members: { kind: 'FeatureFlag', id: 'my-flag', project: 'my-app' },
    },
    4,
    `Error: feature flag "my-flag" not found in project "my-app"
  Run 'flagctl get ff --project my-app' to list available flags
`,
  ],
  [
    'a stage that is not there',
    { status: 404, code: 'NOT_FOUND', message: 'stage "prod" not found', members: { kind: 'Stage', id: 'prod' } },
    4,
    `Error: stage "prod" not found
  Run 'flagctl get stages' to list available stages
`,
  ],
  [
    'a stage definition that is not there',
    {
      status: 404,
      code: 'NOT_FOUND',
      message: 'stage definition of feature flag "a" in project "p", stage "dev" not found: nothing to promote',
      members: { kind: 'FeatureFlagStage', id: 'a', project: 'p' },
    },
    4,
    `Error: stage definition of feature flag "a" not found in project "p", stage "dev": nothing to promote
  Run 'flagctl get ffs --project p' to list available stage definitions
`,
  ],
  [
    'a stage that is not linked',
    {
      status: 404,
      code: 'NOT_FOUND',
      message: 'stage "prod" is not linked to project "p"',
      members: { kind: 'ProjectStage', id: 'prod', project: 'p' },
    },
    4,
    `Error: stage "prod" is not linked to project "p"
  Run 'flagctl link stage prod --project p' to link it
  Run 'flagctl get stages --project p' to list linked stages
`,
  ],
  [
    'what has no noun',
    {
      status: 404,
      code: 'NOT_FOUND',
      message: 'token "t" not found',
      hint: 'list them',
      members: { kind: 'Token', id: 't' },
    },
    4,
    'Error: token "t" not found\n  List them\n',
  ],
  [
    'a flag that is active',
    {
      status: 409,
      code: 'IN_USE',
      message: 'cannot delete feature flag "my-flag": still active in stages [production, staging]',
      hint: 'disable it in all stages first, or use force',
      members: { project: 'my-app', stages: ['production', 'staging'] },
    },
    6,
    `Error: cannot delete feature flag "my-flag": still active in stages [production, staging]
  Run 'flagctl get ffs --project my-app' to view stage definitions
  Disable in all stages first, or use --force
`,
  ],
  [
    'another version of a flag',
    {
      status: 409,
      code: 'VERSION_CONFLICT',
      message: 'version conflict when updating feature flag "my-flag" in project "my-app"',
      hint: 'read it again, and make the change to what it is now',
      members: { currentVersion: '7', expectedVersion: '6', difference: [] },
    },
    6,
    `Error: version conflict when updating "my-flag"
  The resource has been modified since you last read it
  Run 'flagctl get ff my-flag --project my-app' to get the latest version
`,
  ],
  [
    'another version of a stage definition',
    {
      status: 409,
      code: 'VERSION_CONFLICT',
      message: 'version conflict when updating stage definition of feature flag "a" in project "p", stage "dev"',
    },
    6,
    `Error: version conflict when updating "a"
  The resource has been modified since you last read it
  Run 'flagctl get ffs a --project p --stage dev' to get the latest version
`,
  ],
  [
    'a version of what is gone',
    {
      status: 409,
      code: 'VERSION_CONFLICT',
      message: 'version conflict when updating feature flag "my-flag" in project "my-app"',
      members: { currentVersion: null, expectedVersion: '6' },
    },
    6,
    `Error: version conflict when updating "my-flag"
  The resource is not there any more: it has been deleted since you last read it
  What is applied without a version is made anew
`,
  ],
  [
    'another version of a project',
    { status: 409, code: 'VERSION_CONFLICT', message: 'version conflict when updating project "p"' },
    6,
    `Error: version conflict when updating "p"
  The resource has been modified since you last read it
  Run 'flagctl get project p' to get the latest version
`,
  ],
  [
    'a change request for another version',
    {
      status: 409,
      code: 'VERSION_CONFLICT',
      message:
        'change request "cr-1" is for version 5 of the stage definition of feature flag "a", which has version 7 now',
      hint: 'look at the difference',
      members: {
        currentVersion: '7',
        expectedVersion: '5',
        difference: [
          { op: 'replace', path: '/enabled', from: false, to: true },
          { op: 'add', path: '/targeting/if~1else/0', to: [1] },
          { op: 'remove', path: '/offVariant', from: 'off' },
        ],
      },
    },
    6,
    `Error: change request "cr-1" is for version 5 of the stage definition of feature flag "a", which has version 7 now
  Since then it has changed:
    enabled: false → true
    targeting["if/else"][0]: nothing → [1]
    offVariant: "off" → nothing
  Run 'flagctl describe cr cr-1' to look at what it would do now
  Then save it again for what is there now: flagctl patch cr cr-1 -p '{"featureFlagStageDefinitionVersion":"7"}'
  Or apply it all the same, as an approver: flagctl approve cr-1 --force
`,
  ],
  [
    'a change request for another version of the flag',
    {
      status: 409,
      code: 'VERSION_CONFLICT',
      message: 'change request "cr-1" is for version 3 of the feature flag "a"',
      members: { currentVersion: '5', expectedVersion: '5', flagVersion: '8' },
    },
    6,
    `Error: change request "cr-1" is for version 3 of the feature flag "a"
  Run 'flagctl describe cr cr-1' to look at what it would do now
  Then save it again for what is there now: flagctl patch cr cr-1 -p '{}'
  Or apply it all the same, as an approver: flagctl approve cr-1 --force
`,
  ],
  [
    'targeting that is no JSON',
    {
      status: 422,
      code: 'INVALID_SPEC',
      message: 'invalid targeting expression',
      issues: [issue(['spec', 'targeting'], 'not JSON at line 1, column 9: "}" where a value belongs')],
    },
    7,
    `Error: invalid targeting expression
  Expected valid JSON Logic format
  See https://jsonlogic.com/ for syntax documentation
  spec.targeting: not JSON at line 1, column 9: "}" where a value belongs
`,
  ],
  [
    'targeting with an operator that there is not',
    {
      status: 422,
      code: 'INVALID_SPEC',
      message: 'stage definition of feature flag "a" in project "p", stage "dev" is not valid: unknown operator "iff"',
      issues: [
        issue(['spec', 'targeting', 'iff'], 'unknown operator "iff"', {
          hint: 'did you mean "if"?',
          place: { file: 'a.yaml', line: 9, column: 7 },
        }),
      ],
    },
    7,
    `Error: invalid targeting expression
  Expected valid JSON Logic format
  See https://jsonlogic.com/ for syntax documentation
  a.yaml:9:7: spec.targeting.iff: unknown operator "iff". Hint: did you mean "if"?
`,
  ],
  [
    'targeting beside rules',
    {
      status: 422,
      code: 'INVALID_SPEC',
      message: 'it is not valid: the flag has both `rules` and `targeting`',
      issues: [issue(['spec', 'targeting'], 'the flag has both', { code: 'contradiction', expected: 'one' })],
    },
    7,
    `Error: it is not valid: the flag has both \`rules\` and \`targeting\`
  spec.targeting: the flag has both; expected one
`,
  ],
  [
    'a token that has expired',
    { status: 401, code: 'UNAUTHORIZED', message: 'the token has expired', hint: 'ask for another one' },
    3,
    `Error: the token has expired
  Ask for another one
  Give one by FLAGCTL_TOKEN, or keep it: 'flagctl config set-credentials <name>'
`,
  ],
  [
    'no token',
    {
      status: 401,
      code: 'UNAUTHORIZED',
      message: 'there is no token in the request',
      hint: 'send Authorization: Bearer fwt_…, or X-API-Key: fwt_…',
    },
    3,
    `Error: there is no token in the request
  Give one by FLAGCTL_TOKEN, or keep it: 'flagctl config set-credentials <name>'
`,
  ],
  [
    'a token that may not do it',
    {
      status: 403,
      code: 'FORBIDDEN',
      message: 'the role viewer may not write in project "p"',
      hint: 'ask for a token with the role editor or approver or admin',
    },
    5,
    `Error: the role viewer may not write in project "p"
  Ask for a token with the role editor or approver or admin
  Run 'flagctl whoami' to see what this token may do
`,
  ],
  [
    'too many requests',
    {
      status: 429,
      code: 'RATE_LIMITED',
      message: 'too many changes by this token; expected at most 10 per second',
      hint: 'try again in 5 s',
    },
    1,
    `Error: too many changes by this token; expected at most 10 per second
  Try again in 5 s
`,
  ],
  [
    'an error of the server',
    { status: 500, code: 'INTERNAL', message: 'the server met an error of its own, and nothing was done' },
    1,
    `Error: the server met an error of its own, and nothing was done
  The log of the server has more, under r-1
`,
  ],
  [
    'hints of a command, in several lines',
    { status: 409, code: 'PROTECTED', message: 'protected', hint: "run 'a'\nOr b" },
    6,
    "Error: protected\n  Run 'a'\n  Or b\n",
  ],
  [
    'a proxy without its server',
    { status: 502, message: 'the server answered 502' },
    1,
    `Error: something that is not Flagwright has answered 502, as a proxy does that has no answer of the server
  Try again in a moment
`,
  ],
  [
    'a proxy that says how long',
    { status: 503, message: 'the server answered 503', members: { retryAfter: 400_000 } },
    1,
    `Error: something that is not Flagwright has answered 503, as a proxy does that has no answer of the server
  Try again in 400 s
`,
  ],
  ...[
    ['request', '"CR-1"', 'change request', '  Did you mean cr-1?\n'],
    ['request', '"17"', 'change request', '  Did you mean cr-17?\n'],
    ['request', '"xyz"', 'change request', ''],
    ['flag', '"-x"', 'feature flag', ''],
    ['project', '"RB"', 'project', ''],
  ].map(([parameter, id, what, hint]): [string, Given, number, string] => [
    `an id that can be none: ${parameter} ${id}`,
    {
      status: 400,
      code: 'INVALID_ARGUMENT',
      message: `the ${parameter} in the path is ${id}; expected cr-<number>, as cr-123`,
    },
    2,
    `Error: ${what} ${id} cannot be: expected cr-<number>, as cr-123\n${hint}`,
  ]),
  [
    'a version that there was not',
    {
      status: 404,
      code: 'NOT_FOUND',
      message: 'version 99 of feature flag "a" in project "p" not found',
      hint: 'its history lists the versions it had',
      members: { kind: 'FeatureFlag', id: 'a', version: '99' },
    },
    4,
    `Error: version 99 of feature flag "a" in project "p" not found
  Run 'flagctl history ff a --project p' to list the versions it had
`,
  ],
  [
    'a version that a stage definition had not',
    {
      status: 404,
      code: 'NOT_FOUND',
      message: 'version 99 of stage definition of feature flag "a" in project "p", stage "dev" not found',
      members: { kind: 'FeatureFlagStage', id: 'a', version: '99' },
    },
    4,
    `Error: version 99 of stage definition of feature flag "a" in project "p", stage "dev" not found
  Run 'flagctl history ffs a --project p --stage dev' to list the versions it had
`,
  ],
  [
    'a proxy that has enough',
    { status: 429, message: 'the server answered 429', members: { retryAfter: 12_000 } },
    1,
    `Error: something that is not Flagwright has answered 429: too many requests
  Try again in 12 s
`,
  ],
  [
    'a redirect',
    { status: 302, message: 'the server answered 302' },
    1,
    `Error: something that is not Flagwright has answered 302
  Redirects are not followed: another server must not be sent the token
  Is the address of the server that of Flagwright?
`,
  ],
  [
    'another server',
    { status: 404, message: 'the server answered 404' },
    4,
    `Error: the server knows no such address
  Is the address of the server that of Flagwright?
`,
  ],
])('%s', async (_, given, exit, text) => {
  expect(await told(given)).toEqual({ exit, text });
});

it('more than twenty issues are not told one by one', async () => {
  const issues = Array.from({ length: 23 }, (_, i) => issue(['spec', 'rules', i], 'wrong'));
  const { text } = await told({ status: 422, code: 'INVALID_SPEC', message: 'it is not valid: wrong', issues });
  expect(text.split('\n').slice(20)).toEqual(['  spec.rules[19]: wrong', '  and 3 more', '']);
});

it('for programs the status of the server is told', async () => {
  const what = await toldOf(
    refusal({ status: 409, code: 'VERSION_CONFLICT', message: 'version conflict when updating project "p"' }),
  );
  expect(JSON.parse(toldJson(what))).toEqual({
    error: {
      code: 'VERSION_CONFLICT',
      status: 409,
      requestId: 'r-1',
      message: 'version conflict when updating "p"',
      hints: [
        'The resource has been modified since you last read it',
        "Run 'flagctl get project p' to get the latest version",
      ],
      exit: 6,
    },
  });
});
