import { toMarkdownTable } from '../../../src/constructs/microservices/markdown-table';
import { edge, HOSTILE, node, readBack, reversed, SHOP } from './graphs';

const NAMES = HOSTILE.filter((text) => !/[\p{Cc}\p{Cs}\uFFFF]/u.test(text));

const GRAPHS = {
  shop: SHOP,
  protocols: { nodes: [node('a'), node('b')], edges: [edge('a', 'http', 'b', 80), edge('a', 'grpc', 'b', 81)] },
  hostile: {
    nodes: NAMES.map((name) => node(name)),
    edges: NAMES.slice(1).map((name) => edge(NAMES[0], 'http', name)),
  },
  empty: { nodes: [], edges: [] },
};

// one process reads them all
const [shop, protocols, hostile, empty] = readBack({ tables: Object.values(GRAPHS).map(toMarkdownTable) }).tables;

test('services, gateways and jobs are lines, in the order in which they start', () => {
  expect(shop.header).toEqual(['service', 'namespace', 'port', 'calls', 'called by', 'topics', 'data', 'starts']);
  expect(shop.rows).toEqual([
    [
      'orders',
      'shop',
      '8080',
      'payments (gRPC 50051)',
      'gateway, report',
      'consumes shop.paid',
      'postgres (database), sessions (cache)',
      '1',
    ],
    ['payments', 'shop', '50051', '', 'orders', 'produces shop.paid', 'ledger (external)', '1, after orders'],
    ['gateway', 'shop', '80, 443', 'orders (HTTP 8080)', '', '', '', '2'],
    ['report', 'shop', '', 'orders (HTTP 8080)', '', '', 'receipts (bucket)', ''],
  ]);
});

test('the same graph is the same table', () => {
  expect(toMarkdownTable(reversed(SHOP))).toBe(toMarkdownTable(SHOP));
});

test('a call by two protocols has both, and a caller is named once', () => {
  expect(protocols.rows.map(([name, , , calls, callers]) => [name, calls, callers])).toEqual([
    ['a', 'b (gRPC 81), b (HTTP 80)', ''],
    ['b', '', 'a'],
  ]);
});

test('hostile names are text of their cells', () => {
  expect(NAMES.length).toBeGreaterThan(10);
  expect(hostile.rows.map(([name]) => name).sort()).toEqual([...NAMES].sort());
  // no link, emphasis, code, image or HTML
  expect(hostile.kinds.filter((kind) => !['text', 'escape'].includes(kind))).toEqual([]);
});

test('an empty graph is a table without lines', () => {
  expect(empty.rows).toEqual([]);
});
