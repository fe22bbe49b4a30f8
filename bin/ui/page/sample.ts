/** Of a JSON Schema, as far as a sample needs it. */
export interface Schema {
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly minimum?: number;
}

/**
 * Something to begin with that looks like what a schema describes: what it must have, empty, and its defaults. Whether it fits is for
 * the API to say.
 */
export function sampleOf(schema: Schema): unknown {
  if (schema.examples?.length) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum?.length) return schema.enum[0];
  const first = (schema.anyOf ?? schema.oneOf)?.[0];
  if (first !== undefined) return sampleOf(first);
  switch (typeof schema.type === 'string' ? schema.type : schema.type?.[0]) {
    case 'string':
      return '';
    case 'number':
    case 'integer':
      return Math.max(0, schema.minimum ?? 0);
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'null':
      return null;
    default:
      return sampleOfObject(schema);
  }
}

function sampleOfObject({ properties = {}, required = [] }: Schema): object {
  const shown = Object.entries(properties).filter(([name, property]) => {
    return required.includes(name) || property.default !== undefined;
  });
  return Object.fromEntries(shown.map(([name, property]) => [name, sampleOf(property)]));
}
