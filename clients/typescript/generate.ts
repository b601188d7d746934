import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';

interface Media {
  readonly schema: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Response {
  readonly description: string;
  readonly content: { readonly 'application/json': Media };
}
interface Operation {
  readonly parameters: readonly { readonly in: string }[];
  readonly responses: Readonly<Record<string, Response>>;
}
/** The parts of an OpenAPI document that are read. */
export interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const HEADER = '/** Generated from the OpenAPI document by `npm run client-types`. Do not edit. */\n\n';

/** The text of `api.ts`: types of requests and answers, and the names of the error codes. */
export async function typesOf(document: Described): Promise<string> {
  // openapi-typescript completes the document in place.
  const copy: OpenAPI3 = JSON.parse(JSON.stringify({ ...document, paths: essential(document) }), withoutExamples);
  const types = astToString(
    await openapiTS(copy, { rootTypes: true, rootTypesNoSchemaPrefix: true, defaultNonNullable: false }),
  );
  const absentMethods = /^ +(get|put|post|delete|options|head|patch|trace)\?: never;\n/gm;
  return `${HEADER}${types.replace(absentMethods, '')}\n${errorNames(document)}`;
}

/** Without what all operations share: the client sends the headers itself and turns failures into errors. */
function essential({ paths }: Described): object {
  return mapOperations(paths, ({ parameters, responses, ...operation }) => {
    const { description, content } = responses[200] ?? { description: 'OK' };
    return {
      ...operation,
      parameters: parameters.filter((parameter) => parameter.in !== 'header'),
      responses: {
        200: { description, content: { 'application/json': { schema: content?.['application/json'].schema } } },
      },
    };
  });
}

function withoutExamples(name: string, value: unknown): unknown {
  return name === 'example' || name === 'examples' ? undefined : value;
}

function mapOperations(paths: Described['paths'], change: (operation: Operation) => object): object {
  const changed = Object.entries(paths).map(([path, operations]) => [
    path,
    Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, change(operation)])),
  ]);
  return Object.fromEntries(changed);
}

/** The examples of failures contain the names of the codes. */
function errorNames({ paths }: Described): string {
  const names = new Map<number, string>();
  for (const { responses } of Object.values(paths).flatMap((operations) => Object.values(operations))) {
    for (const { content } of Object.values(responses)) {
      for (const [name, { value }] of Object.entries(content['application/json'].examples ?? {})) {
        if (hasCode(value)) names.set(value.code, name);
      }
    }
  }
  const lines = [...names].sort(([a], [b]) => a - b).map(([code, name]) => `  ${code}: '${name}',\n`);
  return `/** The name of each error code. */\nexport const ERROR_NAMES = {\n${lines.join('')}} as const;\n`;
}

function hasCode(value: unknown): value is { code: number } {
  return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'number';
}
