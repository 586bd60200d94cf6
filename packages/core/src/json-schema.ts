/** The JSON Schema (draft-07) keywords this project uses. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly type?: JsonType | readonly JsonType[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Must match in linear time: schemas are ours, but values are not. */
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  /** How an issue names what would have been right, where the type alone does not say it. */
  readonly 'x-expected'?: string;
  /** What an issue tells its reader to do. */
  readonly 'x-hint'?: string;
  /** A wrong value here is only a warning: the entry works without it. */
  readonly 'x-warn'?: boolean;
  /** What an unknown property is: `error`, `near` (an error if it looks like a slip of the finger), else a warning. */
  readonly 'x-unknown'?: 'error' | 'near';
  /** The TypeScript type to generate where it says more than the schema can. */
  readonly tsType?: string;
}

export type JsonType = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';
