export { documentToYaml, valueToYaml } from './dump.ts';
export { type FilePart, type JoinedText, joinTexts } from './join.ts';
export type { ParsedText, ParseOptions } from './parse.ts';
export { MAX_TEXT_BYTES, parseText } from './parse.ts';
export { type LineOf, lineIndex } from './position.ts';
export { type YamlComment, yamlComments } from './yaml-comments.ts';
