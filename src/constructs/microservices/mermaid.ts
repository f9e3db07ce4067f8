import { direction, edgeText, inOrder, namespacesOf } from './graph-order';
import { ServiceEdge, ServiceEdgeKind, ServiceGraph, ServiceNode, ServiceNodeKind } from './service-graph';

/**
 * A graph of services as a flowchart of Mermaid (https://mermaid.js.org/syntax/flowchart.html), which GitHub draws in Markdown. Namespaces are subgraphs;
 * what is asynchronous, and what only orders the start, is dashed. Arrows point the way that requests and messages go.
 */
export function toMermaid(graph: ServiceGraph, title: string): string {
  const ordered = inOrder(graph);
  const ids = new Map(ordered.nodes.map(({ name }, at) => [name, `n${at}`]));
  const id = (name: string): string => ids.get(name) ?? name;
  const line = (node: ServiceNode): string => `${id(node.name)}${shape(node)}:::${node.kind}`;
  const inNamespace = (name: string | undefined): ServiceNode[] =>
    ordered.nodes.filter(({ namespace }) => namespace === name);
  const lines = [
    'flowchart LR',
    `  accTitle: ${title.replace(/[^\p{L}\p{N} ./-]+/gu, ' ').trim()}`,
    ...namespacesOf(ordered).flatMap((namespace, at) => [
      `  subgraph ns${at}["${escaped(namespace)}"]`,
      ...inNamespace(namespace).map((node) => `    ${line(node)}`),
      '  end',
    ]),
    ...inNamespace(undefined).map((node) => `  ${line(node)}`),
    ...ordered.edges.map((edge) => {
      const [from, to] = direction(edge);
      return `  ${id(from)} ${arrow(edge)}|"${escaped(edgeText(edge))}"| ${id(to)}`;
    }),
    ...CLASSES.filter(([kind]) => ordered.nodes.some((node) => node.kind === kind)).map(
      ([kind, style]) => `  classDef ${kind} ${style}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const SHAPES: { readonly [kind in ServiceNodeKind]: readonly [string, string] } = {
  gateway: ['{{', '}}'],
  service: ['(', ')'],
  job: ['[[', ']]'],
  database: ['[(', ')]'],
  bucket: ['[\\', '/]'],
  cache: ['([', '])'],
  topic: ['[/', '/]'],
  external: ['[', ']'],
};

/** Strokes only: the theme of the page, light or dark, has the rest. */
const CLASSES: readonly (readonly [ServiceNodeKind, string])[] = [
  ['gateway', 'stroke:#7c3aed,stroke-width:2px'],
  ['service', 'stroke:#2563eb'],
  ['job', 'stroke:#0891b2'],
  ['database', 'stroke:#059669'],
  ['bucket', 'stroke:#65a30d'],
  ['cache', 'stroke:#ca8a04'],
  ['topic', 'stroke:#d97706'],
  ['external', 'stroke:#64748b,stroke-dasharray:4 3'],
];

const DASHED: readonly ServiceEdgeKind[] = ['produces', 'consumes', 'starts-after'];

function arrow({ kind }: ServiceEdge): string {
  return DASHED.includes(kind) ? '-.->' : '-->';
}

function shape({ kind, name, ports, details }: ServiceNode): string {
  const [open, close] = SHAPES[kind];
  const texts = [name, ...(ports.length > 0 ? [ports.join(', ')] : []), ...details];
  return `${open}"${texts.map(escaped).join('<br/>')}"${close}`;
}

/** Text inside quotes: what Mermaid, Markdown or HTML could read as something else is a character code, such as `#60;`. */
function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replace(PLAIN, (character) => `#${character.codePointAt(0)};`);
}

/** Letters, figures and single dots and hyphens inside words stay as they are. */
const PLAIN = /(?!(?<=[A-Za-z0-9])[.-](?=[A-Za-z0-9]))[^A-Za-z0-9 ,/]/gu;
