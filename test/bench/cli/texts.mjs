/** A flag file of so many flags: some plain, some with rules, some with targeting, some that split. */
export function flagFile(count) {
  const kinds = [
    (name) => `  ${name}:\n    type: boolean\n    default: false\n    description: The ${name}\n`,
    (name, i) =>
      `  ${name}:\n    type: string\n    variants: { "on": a, "off": b }\n    defaultVariant: "off"\n    rules:\n` +
      '      - id: countries\n        clauses:\n          - { attribute: country, operator: in, values: [DE, FR, IT] }\n' +
      '          - { attribute: plan, operator: neq, values: [free] }\n        variation: "on"\n' +
      `      - id: some\n        variation: "on"\n        percentage: ${i % 100}\n`,
    (name) =>
      `  ${name}:\n    variants: { "on": true, "off": false }\n    defaultVariant: "off"\n    targeting:\n` +
      '      if: [{ ends_with: [{ var: email }, "@example.com"] }, "on", { fractional: [["on", 20], ["off", 80]] }]\n',
    (name) =>
      `  ${name}:\n    type: string\n    variants: { red: "#f00", green: "#0f0" }\n    defaultVariant: red\n    fallthrough:\n` +
      '      rollout:\n        variations:\n          - { variation: red, weight: 80000 }\n          - { variation: green, weight: 20000 }\n',
  ];
  let text = 'attributes: { country: string, plan: string, email: string }\nflags:\n';
  for (let i = 0; i < count; i++) text += kinds[i % kinds.length](`flag-${i}`, i);
  return text;
}

/** Manifests of a project, a link and as many flags with a definition of one stage: `count` in all. */
export function manifests(project, count, percentage) {
  const documents = [
    `kind: Project\nmetadata: { id: ${project} }\nspec: { name: ${project} }`,
    `kind: ProjectStage\nmetadata: { project: ${project}, stage: production }\nspec: {}`,
  ];
  for (let i = 0; documents.length < count; i++) {
    documents.push(
      `kind: FeatureFlag\nmetadata: { id: flag-${i}, project: ${project} }\nspec:\n  type: BOOLEAN\n` +
        `  name: Flag ${i}\n  variants: { "on": true, "off": false }\n  defaultVariant: "off"`,
      `kind: FeatureFlagStage\nmetadata: { featureFlagId: flag-${i}, project: ${project}, stage: production }\nspec:\n` +
        `  enabled: true\n  defaultVariant: "off"\n  rules:\n    - { id: some, variation: "on", percentage: ${percentage} }`,
    );
  }
  return `${documents.map((document) => `apiVersion: feature-flag/v0.3\n${document}`).join('\n---\n')}\n`;
}
