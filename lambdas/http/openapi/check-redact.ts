import { StintError } from '../../core/errors.ts';
import { stepsOf } from '../../core/redact.ts';
import type { AnyTask } from '../../core/task.ts';
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts';

/**
 * Checks that each path that a task redacts leads to a field of its schema: a slip of the pen would show what was meant to be hidden.
 *
 * Where a schema takes anything (`z.unknown()`, `z.record()`, `z.custom()`), every path is one.
 * @throws StintError `invalid_definition` with every path that leads nowhere, a line each, and what to do about it
 */
export function checkRedact(tasks: readonly Pick<AnyTask, 'name' | 'input' | 'output' | 'redact'>[]): void {
  const problems = tasks.flatMap(({ name, redact, ...schemas }) =>
    (['input', 'output'] as const).flatMap((of) => {
      const schema = jsonSchemaOf(schemas[of], of);
      return redact[of]
        .filter((path) => !leadsSomewhere(schema, stepsOf(path), schema))
        .map(
          (path) =>
            `Task '${name}': 'redact.${of}' holds '${path}', but its ${of} has no such field. ` +
            'Write it as the schema has it: card.number, people[].email.',
        );
    }),
  );
  if (problems.length > 0) throw new StintError('invalid_definition', problems.join('\n'));
}

function leadsSomewhere(schema: JsonSchema, steps: readonly string[], root: JsonSchema): boolean {
  const [step, ...rest] = steps;
  if (step === undefined) return true;
  const { $ref, anyOf, oneOf, allOf, type, properties, additionalProperties, items, prefixItems } =
    schema as SchemaParts;
  const alternatives = [anyOf, oneOf, allOf].flatMap((list) => list ?? []);
  if ($ref !== undefined) alternatives.push(referredTo($ref, root));
  const within = (below: JsonSchema | boolean | undefined, left: readonly string[]) =>
    typeof below === 'object' && leadsSomewhere(below, left, root);
  if (alternatives.some((each) => within(each, steps))) return true;
  if (alternatives.length === 0 && type === undefined) return true; // anything
  if (step === '[]') return [items, ...(prefixItems ?? [])].some((each) => within(each, rest));
  if (properties !== undefined && Object.hasOwn(properties, step)) return within(properties[step], rest);
  return within(additionalProperties, rest);
}

interface SchemaParts {
  readonly $ref?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema | boolean;
  readonly prefixItems?: readonly JsonSchema[];
}

/** `#` is the whole schema, `#/$defs/…` a part of it. */
function referredTo($ref: string, root: JsonSchema): JsonSchema {
  const parts = $ref.split('/').slice(1);
  return parts.reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], root) as JsonSchema;
}
