import type { OpenApiDocument } from './document.ts';
import type { JsonSchema } from './json-schema.ts';
import type { Operation } from './operation.ts';

/** The document as a page of HTML that needs nothing else: no script, no font, no request. */
export function descriptionPage({ info, tags, paths, components }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  const sections = tags.map(({ name, description }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name));
    const parts = own.map(({ method, path, operation }) => operationPart(method, path, operation));
    return `<section><h2>${html(name)}</h2><p>${text(description)}</p>${parts.join('')}</section>`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `<details id="${html(name)}"><summary>${html(name)}</summary>${code(schema)}</details>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(info.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${html(info.title)}</h1>
${info.description
  .split('\n\n')
  .map((paragraph) => `<p>${text(paragraph)}</p>`)
  .join('')}
<p>For tools: <a href="openapi.json">openapi.json</a>.</p>
${sections.join('\n')}
<section><h2>Schemas</h2>${schemas.join('')}</section>
</body>
</html>
`;
}

function operationPart(method: string, path: string, operation: Operation): string {
  const { summary, description, operationId, parameters = [], requestBody, responses } = operation;
  const parts = [
    description === undefined ? '' : `<p>${text(description)}</p>`,
    fieldTable('Parameters', parameters.map(parameterField)),
    requestBody === undefined ? '' : bodyPart(requestBody),
    ...Object.entries(responses).map(([status, response]) => responsePart(status, response)),
  ];
  return `<details id="${html(operationId)}"><summary><code><b>${method}</b> ${html(path)}</code> ${text(summary)}</summary>${parts.join('')}</details>`;
}

interface Field {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly required: boolean;
  readonly description: unknown;
}

const parameterField = (parameter: JsonSchema): Field => ({
  name: String(parameter.name),
  schema: parameter.schema as JsonSchema,
  required: parameter.required === true,
  description: parameter.description,
});

function bodyPart({ content }: JsonSchema): string {
  const { schema, example } = mediaOf(content);
  const required = (schema.required ?? []) as readonly string[];
  const fields = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).map(
    ([name, { description, ...field }]) => ({ name, schema: field, required: required.includes(name), description }),
  );
  return fieldTable('Body', fields) + (example === undefined ? '' : code(example));
}

function responsePart(status: string, response: JsonSchema): string {
  if (Number(status) >= 400) return '';
  const { schema, example } = mediaOf(response.content);
  const name =
    String(schema.$ref ?? '')
      .split('/')
      .at(-1) ?? '';
  const link = name === '' ? '' : ` <a href="#${html(name)}">${html(name)}</a>`;
  return `<h3>Answer ${html(status)}${link}</h3><p>${text(String(response.description))}</p>${example === undefined ? '' : code(example)}`;
}

function mediaOf(content: unknown): { readonly schema: JsonSchema; readonly example?: unknown } {
  const [media] = Object.values(content as Record<string, { schema: JsonSchema; example?: unknown }>);
  return media ?? { schema: {} };
}

function fieldTable(title: string, fields: readonly Field[]): string {
  if (fields.length === 0) return '';
  const rows = fields.map(
    ({ name, schema, required, description }) =>
      `<tr><td><code>${html(name)}</code>${required ? ' (required)' : ''}</td><td><code>${html(kindOf(schema))}</code></td><td>${text(String(description ?? ''))}</td></tr>`,
  );
  return `<h3>${title}</h3><table>${rows.join('')}</table>`;
}

/** A schema in a few words; one that does not fit in them as JSON. */
function kindOf(schema: JsonSchema): string {
  const { type, format, minimum, maximum, enum: values, default: otherwise } = schema;
  if (Array.isArray(values)) return values.join(' | ');
  if (typeof type !== 'string' || type === 'object')
    return Object.keys(schema).length === 0 ? 'anything' : JSON.stringify(schema);
  const range = minimum === undefined && maximum === undefined ? '' : ` ${minimum ?? ''}…${maximum ?? ''}`;
  return `${format ?? type}${range}${otherwise === undefined ? '' : `, default ${JSON.stringify(otherwise)}`}`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const html = (raw: string): string => raw.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');

/** Prose, in which backticks stand around code. */
const text = (raw: string): string => html(raw).replace(/`([^`]+)`/g, '<code>$1</code>');

const code = (value: unknown): string => `<pre>${html(JSON.stringify(value, null, 2))}</pre>`;

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
code, pre { font: 13px/1.5 ui-monospace, monospace; }
pre { padding: .75rem; overflow: auto; background: #8881; border-radius: 6px; }
details { border: 1px solid #8884; border-radius: 6px; margin: .5rem 0; padding: .5rem .75rem; }
summary { cursor: pointer; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid #8883; padding: .25rem .5rem .25rem 0; vertical-align: top; word-break: break-word; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
`;
