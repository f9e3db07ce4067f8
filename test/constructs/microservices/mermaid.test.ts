import fc from 'fast-check';
import { toMermaid } from '../../../src/constructs/microservices/mermaid';
import { anyGraph, edge, Flowchart, HOSTILE, node, readBack, reversed, SHOP } from './graphs';

const GRAPHS = fc.sample(anyGraph, 40);
const ANY = GRAPHS.map((graph) => toMermaid(graph, 'any'));
const HOSTILE_CHARTS = HOSTILE.map((text) =>
  toMermaid({ nodes: [node('a', { details: [text] }), node('b')], edges: [edge('a', 'http', 'b', 80)] }, text),
);

// one process reads them all
const [chart, ...others] = readBack({
  flowcharts: [toMermaid(SHOP, 'Services of the shop'), ...HOSTILE_CHARTS, ...ANY],
}).flowcharts;

const nameOf = ({ nodes }: Flowchart, id: string): string =>
  nodes.find((one) => one.id === id)?.label.split('<br')[0] ?? id;

const edgesOf = (chart: Flowchart): string[] =>
  chart.edges.map(
    ({ start, end, label, stroke }) => `${nameOf(chart, start)} ${stroke} ${label} ${nameOf(chart, end)}`,
  );

describe('what Mermaid reads', () => {
  test('the title, and the namespaces with their parts', () => {
    expect(chart.title).toBe('Services of the shop');
    const subgraphs = chart.subgraphs.map(({ title, nodes }) => [title, nodes.map((id) => nameOf(chart, id)).sort()]);
    expect(Object.fromEntries(subgraphs)).toEqual({
      shop: ['gateway', 'orders', 'payments', 'report'],
      data: ['postgres', 'receipts', 'sessions', 'shop.paid'],
    });
  });

  test('each part has the shape of its kind, its ports and details', () => {
    const shapes = chart.nodes.map(({ id, shape, classes }) => [nameOf(chart, id), [shape, ...classes]]);
    expect(Object.fromEntries(shapes)).toEqual({
      gateway: ['hexagon', 'gateway'],
      orders: ['round', 'service'],
      payments: ['round', 'service'],
      report: ['subroutine', 'job'],
      postgres: ['cylinder', 'database'],
      receipts: ['inv_trapezoid', 'bucket'],
      sessions: ['stadium', 'cache'],
      'shop.paid': ['lean_right', 'topic'],
      ledger: ['square', 'external'],
    });
    expect(chart.nodes.map(({ label }) => label.replace(/<br ?\/?>/g, ' / '))).toContain(
      'orders / 8080 / 2-8 replicas',
    );
  });

  test('arrows go the way of requests and messages; asynchronous ones are dotted', () => {
    expect(edgesOf(chart).sort()).toEqual([
      'gateway normal HTTP 8080 orders',
      'orders normal cache 6379 sessions',
      'orders normal database 5432 postgres',
      'orders normal gRPC 50051 payments',
      'payments dotted produces 9094 shop.paid',
      'payments dotted starts after orders',
      'payments normal external 3306 ledger',
      'report normal HTTP 8080 orders',
      'report normal bucket 443 receipts',
      'shop.paid dotted consumes 9094 orders',
    ]);
  });
});

test.each(HOSTILE.map((text, at) => [text, at] as const))('%j is a label as it stands, on one line', (text, at) => {
  const { nodes, edges, subgraphs } = others[at];
  const [, , detail] = nodes[0].label.split(/<br ?\/?>/);
  expect(detail).toBe(text.replace('\uD800', '').replace(/\s+/g, ' ').trim());
  expect([nodes.length, edges.length, subgraphs.length]).toEqual([2, 1, 1]);
});

test('Mermaid reads any graph, and the same graph is the same text', () => {
  GRAPHS.forEach((graph, at) => {
    expect(toMermaid(reversed(graph), 'any')).toBe(ANY[at]);
    const { nodes, edges } = others[HOSTILE.length + at];
    expect([nodes.length, edges.length]).toEqual([graph.nodes.length, graph.edges.length]);
  });
});
