import * as z from 'zod';

/** A JSON Schema (draft 2020-12), which is what OpenAPI 3.1 takes. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * How a schema is shown where JSON Schema cannot say what zod checks: a number that comes as text in a query, or fields that exclude
 * each other. It stands beside what it describes, as metadata.
 * @param shown in the place of what zod would make of it
 */
export const shownAs = <Schema extends z.ZodType>(schema: Schema, shown: JsonSchema): Schema =>
  schema.meta({ ...schema.meta(), shown });

/** @param and added to what zod makes of the schema */
export const shownWith = <Schema extends z.ZodType>(schema: Schema, and: JsonSchema): Schema =>
  schema.meta({ ...schema.meta(), and });

/** A field that is not shown. */
export const undeclared = <Schema extends z.ZodType>(schema: Schema): Schema =>
  schema.meta({ ...schema.meta(), undeclared: true });

const OPTIONS = {
  unrepresentable: 'any',
  // In documents meant for others a constraint is said once: their tools know `format`, and few read the pattern of all leap years.
  override: ({ jsonSchema }: { jsonSchema: Record<string, unknown> }) => {
    const { shown, and, description, format } = jsonSchema as { shown?: JsonSchema; and?: JsonSchema } & JsonSchema;
    if (shown !== undefined) {
      for (const name of Object.keys(jsonSchema)) delete jsonSchema[name];
      Object.assign(jsonSchema, shown, description === undefined ? {} : { description });
    }
    delete jsonSchema.and;
    Object.assign(jsonSchema, and);
    if (format === 'date-time' || format === 'uuid') delete jsonSchema.pattern;
  },
} as const;

/**
 * A zod schema as JSON Schema. What JSON Schema cannot express is left open: `{}` takes anything.
 * @param io of callers (`input`), or of the API (`output`), where defaults are filled in
 */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  try {
    const { $schema: _, '~standard': __, ...json } = z.toJSONSchema(schema, { io, ...OPTIONS });
    return json;
  } catch {
    return {}; // a schema of another make, or one that throws when walked: the task itself still works
  }
}

/**
 * A schema as it can stand within a document: what it refers to in itself, for it holds itself or holds something twice, is
 * among `named` for the document's `components`, and referred to there.
 * @param name of the schema; the names of its parts begin with it
 */
export function within(schema: JsonSchema, name: string): { shown: JsonSchema; named: Record<string, JsonSchema> } {
  const nameOf = (part: string) => `${name}_${part.replace(/[^\w.-]/g, '_')}`;
  let holdsItself = false;
  const moved = (reference: string) => {
    holdsItself ||= reference === '#';
    const part = reference.slice('#/$defs/'.length).replaceAll('~1', '/').replaceAll('~0', '~');
    return referenceTo(reference === '#' ? name : nameOf(part));
  };
  const { $defs = {}, ...shown } = JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? moved(value) : value,
  ) as JsonSchema & { $defs?: Record<string, JsonSchema> };
  const named = Object.fromEntries(Object.entries($defs).map(([part, each]) => [nameOf(part), each]));
  return holdsItself ? { shown: { $ref: referenceTo(name) }, named: { ...named, [name]: shown } } : { shown, named };
}

/** Named schemas, which name each other by reference: the `components` of a document. */
export function namedSchemas(schemas: Readonly<Record<string, z.ZodType>>): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const { schemas: made } = z.toJSONSchema(registry, {
    io: 'output',
    uri: referenceTo,
    ...OPTIONS,
  });
  return Object.fromEntries(
    Object.entries(made).map(([id, { $schema: _, $id: __, '~standard': ___, ...schema }]) => [id, schema]),
  );
}

export const referenceTo = (name: string): string => `#/components/schemas/${name}`;
