import { apiVersionOf, KindDefinition, Rule, Schema } from '../../src/api/schema/schema';
import { crdName } from '../../src/api/schema/crd';
import { defaultOf, fileName } from './constructs';
import { editorSchemaFile } from './editor-schema';

const HEADER = '<!-- Generated from src/api/kinds by scripts/generate-api.ts. Do not edit. -->\n';

interface Row {
  readonly field: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** The page that lists all kinds. */
export function overviewPage(kinds: readonly KindDefinition[]): string {
  const rows = kinds.map(
    (kind) =>
      `| [${kind.kind}](${fileName(kind)}.md) | ${apiVersionOf(kind)} | \`${kind.shortNames.join('`, `')}\` | ${kind.scope} | ${cell(kind.description)} |`,
  );
  return `${HEADER}
# Kinds

\`kubectl get ml -A\` lists the objects of all of them. How the kinds change: [versioning.md](versioning.md).
The CustomResourceDefinitions are in [crds](crds), for clusters that are not synthesized.

## In an editor

[schemas](schemas) has a JSON Schema for each kind, and \`all.json\` for files with objects of several, also in the npm package. An editor with the
[YAML language server](https://github.com/redhat-developer/yaml-language-server), such as VS Code with the extension YAML, completes and checks a file
whose first line names one, relative to the file:

\`\`\`yaml
# yaml-language-server: $schema=../node_modules/ml-platform-constructs/docs/api/schemas/aimodel_v1alpha1.json
apiVersion: nstarx.io/v1alpha1
kind: AIModel
\`\`\`

or, for a whole folder, in the settings of the workspace:

\`\`\`json
{ "yaml.schemas": { "./node_modules/ml-platform-constructs/docs/api/schemas/all.json": "models/*.yaml" } }
\`\`\`

\`ml-platform validate\` checks what editors cannot, such as rules between fields: [the command line](../command-line.md).

## The list

The API groups are part of the API, the same in every installation: [why nstarx.io](../which-construct.md#why-nstarxio).

Feast has a kind of the same name as our FeatureStore. Where both are installed, \`kubectl get fst\` and
\`kubectl get featurestores.nstarx.io\` mean ours.

| kind | API version | short name | scope | what it is |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

/**
 * The reference of a kind.
 *
 * @param example a typed construct with the spec of the kind's example
 */
export function referencePage(kind: KindDefinition, example: string): string {
  const spec = rowsOf(kind.spec, 'spec');
  const status = rowsOf(kind.status, 'status');
  return `${HEADER}
# ${kind.kind}

${kind.description}

| | |
| --- | --- |
| API version | \`${apiVersionOf(kind)}\` |
| scope | ${kind.scope === 'Cluster' ? 'cluster: it has no namespace, and one in the metadata is ignored' : 'namespace'} |
| names | \`${kind.plural}\`, \`${kind.shortNames.join('`, `')}\`; category \`ml\` |
| subresources | \`status\`${kind.scale ? `, \`scale\` (${kind.scale.specReplicasPath.slice(1)})` : ''} |
| CRD | [${crdName(kind)}](crds/${crdName(kind)}.yaml) |
| JSON Schema for editors | [${editorSchemaFile(kind)}](schemas/${editorSchemaFile(kind)}) |

## Example

\`\`\`yaml
apiVersion: ${apiVersionOf(kind)}
kind: ${kind.kind}
metadata:
  name: example
spec:
${kind.example.trimEnd().replace(/^/gm, '  ')}
\`\`\`

The typed construct takes the same fields as props, in camelCase, beside \`name\` (by default its id)${kind.scope === 'Namespaced' ? ', `namespace`' : ''}, \`labels\` and
\`annotations\`. It throws where the API server would refuse the object.

\`\`\`ts
${example.trimEnd()}
\`\`\`

## Fields

| field | type | default | what it is |
| --- | --- | --- | --- |
${spec.map(tableRow).join('\n')}

## Rules

${rulesOf(kind, spec).join('\n')}

## Status

Written by the operator only.

| field | type | what it is |
| --- | --- | --- |
${status.map(({ field, schema }) => `| \`${field}\` | ${typeOf(schema)} | ${cell(schema.description ?? '')} |`).join('\n')}
`;
}

function rowsOf(schema: Schema, at: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const field = `${at}.${name}`;
    const required = schema.required?.includes(name) ?? false;
    return [{ field, schema: property, required }, ...below(property, field)];
  });
}

function below(schema: Schema, at: string): Row[] {
  if (schema.items) return below(schema.items, `${at}[]`);
  if (schema.additionalProperties) return below(schema.additionalProperties, `${at}.*`);
  return rowsOf(schema, at);
}

function tableRow({ field, schema, required }: Row): string {
  const value = required ? '**required**' : cell(defaultOf(schema).replace(/^- /, ''));
  return `| \`${field}\` | ${typeOf(schema)} | ${value} | ${cell(schema.description ?? '')} |`;
}

function typeOf(schema: Schema): string {
  if (schema['x-kubernetes-int-or-string']) return 'quantity';
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(' \\| ');
  if (schema.items) {
    const { maxItems, minItems = 0 } = schema;
    const keys = schema['x-kubernetes-list-map-keys'];
    return `list of ${typeOf(schema.items)}, ${minItems} to ${maxItems}${keys ? `, by ${keys.join(' and ')}` : ''}`;
  }
  if (schema.additionalProperties) return `map to ${typeOf(schema.additionalProperties)}`;
  if (schema['x-kubernetes-preserve-unknown-fields']) return 'anything';
  if (schema.format === 'date-time') return 'time';
  return `${schema.type}${limits(schema)}`;
}

function limits({ minimum, maximum, exclusiveMinimum, maxLength, type }: Schema): string {
  if (type === 'string') return maxLength === undefined ? '' : `, up to ${maxLength} characters`;
  if (minimum === undefined && maximum === undefined) return '';
  if (minimum === undefined) return `, at most ${maximum}`;
  const least = `${exclusiveMinimum ? 'above' : 'from'} ${minimum}`;
  return maximum === undefined ? `, ${least}` : `, ${least} to ${maximum}`;
}

function rulesOf(kind: KindDefinition, rows: readonly Row[]): string[] {
  const line = (field: string, rule: Rule): string => `- \`${field}\` ${rule.message}.`;
  return [
    ...(kind.rules ?? []).map((rule) => line('metadata.name', rule)),
    ...(kind.spec['x-kubernetes-validations'] ?? []).map((rule) => line(`spec${rule.fieldPath ?? ''}`, rule)),
    ...rows.flatMap(({ field, schema }) => [
      ...(schema['x-kubernetes-validations'] ?? []).map((rule) => line(`${field}${rule.fieldPath ?? ''}`, rule)),
      ...(schema.items?.['x-kubernetes-validations'] ?? []).map((rule) =>
        line(`${field}[]${rule.fieldPath ?? ''}`, rule),
      ),
    ]),
  ];
}

function cell(text: string): string {
  return text.replace(/\|/g, '\\|').replace(/\n/g, ' ');
}
