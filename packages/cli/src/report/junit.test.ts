import { describe, expect, it } from 'vitest';
import { junitXml } from './junit.ts';

describe('junitXml', () => {
  it('counts, and tells what failed and where', () => {
    const xml = junitXml('flags', [
      {
        name: 'a.test.yaml',
        file: 'a.test.yaml',
        cases: [
          { name: 'staff', seconds: 0.25 },
          {
            name: 'others',
            seconds: 0.5,
            failure: { message: 'expected on, was off', text: 'line one\nline two', place: { line: 7, column: 3 } },
          },
          { name: 'none', error: { message: 'not valid', text: 'why' } },
        ],
      },
      { name: 'empty', cases: [] },
    ]);
    expect(xml).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="flags" tests="3" failures="1" errors="1" time="0.750">
  <testsuite name="a.test.yaml" file="a.test.yaml" tests="3" failures="1" errors="1" time="0.750" skipped="0">
    <testcase name="staff" classname="a.test.yaml" file="a.test.yaml" time="0.250"/>
    <testcase name="others" classname="a.test.yaml" file="a.test.yaml" line="7" time="0.500">
      <failure message="expected on, was off" type="failure">line one
line two</failure>
    </testcase>
    <testcase name="none" classname="a.test.yaml" file="a.test.yaml" time="0.000">
      <error message="not valid" type="error">why</error>
    </testcase>
  </testsuite>
  <testsuite name="empty" tests="0" failures="0" errors="0" time="0.000" skipped="0">
  </testsuite>
</testsuites>
`);
  });

  it.each([
    ['<&>"', '&lt;&amp;&gt;&quot;'],
    ['a\nb\tc\rd', 'a&#10;b&#9;c&#13;d'],
    ['bell\u0007, half \ud800, none \uffff', 'bell\ufffd, half \ufffd, none \ufffd'],
    ['🙂 ]]>', '🙂 ]]&gt;'],
    ['w\u009b31m\u202e', 'w&#155;31m&#8238;'],
  ])('escapes %j in an attribute', (name, written) => {
    expect(junitXml(name, [])).toContain(`<testsuites name="${written}" `);
  });

  it('keeps the lines of a text', () => {
    const failure = { message: 'm', text: 'a\r\nb\u0000 ]]> <x>' };
    expect(junitXml('n', [{ name: 's', cases: [{ name: 'c', failure }] }])).toContain(
      '>a&#13;\nb\ufffd ]]&gt; &lt;x&gt;</failure>',
    );
  });
});
