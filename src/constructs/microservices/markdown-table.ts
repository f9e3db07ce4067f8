import { EDGE_NAMES, edgeText, inOrder } from './graph-order';
import { ServiceEdge, ServiceEdgeKind, ServiceGraph, ServiceNode, ServiceNodeKind } from './service-graph';

/** The columns of the table, each with what it says of a service. */
const COLUMNS: readonly (readonly [string, (node: ServiceNode, edges: Edges) => string[]])[] = [
  ['service', ({ name }) => [name]],
  ['namespace', ({ namespace }) => (namespace === undefined ? [] : [namespace])],
  ['port', ({ ports }) => ports.map(String)],
  ['calls', (_, { of }) => of(CALLS).map((edge) => `${edge.to} (${edgeText(edge)})`)],
  ['called by', (_, { on }) => on(CALLS).map(({ from }) => from)],
  ['topics', (_, { of }) => of(['produces', 'consumes']).map(({ kind, to }) => `${EDGE_NAMES[kind]} ${to}`)],
  ['data', (_, { of }) => of(DATA).map(({ kind, to }) => `${to} (${EDGE_NAMES[kind]})`)],
  [
    'starts',
    ({ startupStep }, { of }) => [...step(startupStep), ...of(['starts-after']).map(({ to }) => `after ${to}`)],
  ],
];

/**
 * A table of Markdown (https://github.github.com/gfm/#tables-extension-) with a line for each service, gateway and job, by their place in the start order, then by name. Names of parts are escaped: they show as
 * they are written.
 */
export function toMarkdownTable(graph: ServiceGraph): string {
  const { nodes, edges } = inOrder(graph);
  const from = groupedBy(edges, (edge) => edge.from);
  const to = groupedBy(edges, (edge) => edge.to);
  const rows = nodes
    .filter(({ kind }) => ROWS.includes(kind))
    // the sort is stable, and those that nothing orders come last
    .sort((a, b) => (a.startupStep ?? Infinity) - (b.startupStep ?? Infinity) || 0)
    .map((node) => {
      const of = (kinds: Kinds): ServiceEdge[] =>
        (from.get(node.name) ?? []).filter(({ kind }) => kinds.includes(kind));
      const on = (kinds: Kinds): ServiceEdge[] => (to.get(node.name) ?? []).filter(({ kind }) => kinds.includes(kind));
      return COLUMNS.map(([, cell]) => [...new Set(cell(node, { of, on }))].map(escaped).join(', '));
    });
  const lines = [COLUMNS.map(([title]) => title), COLUMNS.map(() => '---'), ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

type Kinds = readonly ServiceEdgeKind[];

interface Edges {
  /** Those that start at the node, of some kinds. */
  readonly of: (kinds: Kinds) => ServiceEdge[];
  /** Those that end at the node. */
  readonly on: (kinds: Kinds) => ServiceEdge[];
}

const ROWS: readonly ServiceNodeKind[] = ['gateway', 'service', 'job'];
const CALLS: Kinds = ['http', 'grpc'];
const DATA: Kinds = ['database', 'bucket', 'cache', 'external'];

function step(startupStep: number | undefined): string[] {
  return startupStep === undefined ? [] : [String(startupStep)];
}

function groupedBy(edges: readonly ServiceEdge[], key: (edge: ServiceEdge) => string): Map<string, ServiceEdge[]> {
  const groups = new Map<string, ServiceEdge[]>();
  for (const edge of edges) {
    const group = groups.get(key(edge));
    if (group) group.push(edge);
    else groups.set(key(edge), [edge]);
  }
  return groups;
}

/** Every ASCII punctuation may have a backslash before it; the few that names and ports are made of need none. */
function escaped(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[!-/:-@[-`{-~]/g, (character) => (',-()'.includes(character) ? character : `\\${character}`));
}
