import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { inOrder } from '../../../src/constructs/microservices/graph-order';
import { ServiceGraph } from '../../../src/constructs/microservices/service-graph';
import { toSvg } from '../../../src/constructs/microservices/svg';
import { Box, placed, Point } from '../../../src/constructs/microservices/svg-layout';
import { textWidth } from '../../../src/constructs/microservices/svg-text';
import { anyGraph, edge, HOSTILE, node, reversed, SHOP } from './graphs';

interface Element {
  readonly name: string;
  readonly attributes: { readonly [name: string]: string };
  text: string;
  readonly children: Element[];
}

/** Read by a parser that refuses what is not well-formed. */
function parsed(svg: string): Element {
  const root: Element = { name: '', attributes: {}, text: '', children: [] };
  const open = [root];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element: Element = { name, attributes, text: '', children: [] };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(svg).close();
  return root.children[0];
}

function all(element: Element, name: string): Element[] {
  return [...(element.name === name ? [element] : []), ...element.children.flatMap((child) => all(child, name))];
}

const classed = (element: Element, name: string, className: string): Element[] =>
  all(element, name).filter(({ attributes }) => (attributes.class ?? '').split(' ').includes(className));

function boxOf({ attributes }: Element): Box {
  const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) => Number(attributes[name]));
  return { x, y, width, height };
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

const contains = (outer: Box, inner: Box): boolean =>
  outer.x <= inner.x &&
  outer.y <= inner.y &&
  outer.x + outer.width >= inner.x + inner.width &&
  outer.y + outer.height >= inner.y + inner.height;

/** Whether a point is on the left or right border. */
const onSide = ({ x, y }: Point, box: Box): boolean =>
  (x === box.x || x === box.x + box.width) && y > box.y && y < box.y + box.height;

const TITLES = { svg: 'title', description: 'desc' };

test('a picture says what it is, and is read aloud', () => {
  const svg = parsed(toSvg(SHOP, 'Services of the shop'));
  expect(svg.attributes).toMatchObject({ role: 'img', 'aria-labelledby': 'title description' });
  const [title, description] = svg.children;
  expect([title.name, title.attributes.id, title.text]).toEqual([TITLES.svg, 'title', 'Services of the shop']);
  expect([description.name, description.attributes.id]).toEqual([TITLES.description, 'description']);
  expect(description.text).toContain('Gateway gateway.');
  expect(description.text).toContain('orders to payments: gRPC 50051.');
  // a consumer is handed the messages
  expect(description.text).toContain('shop.paid to orders: consumes 9094.');
  expect(description.text).toContain('payments starts after orders.');
});

test('it has a box for each part, a line for each dependency, and a frame for each namespace and for the rest', () => {
  const svg = parsed(toSvg(SHOP, 'Shop'));
  const names = classed(svg, 'text', 'name').map(({ text }) => text);
  expect(names.sort()).toEqual(SHOP.nodes.map(({ name }) => name).sort());
  const lines = classed(svg, 'path', 'line').flatMap(({ children }) => children.map(({ text }) => text));
  expect(lines).toHaveLength(SHOP.edges.length);
  expect(lines).toContain('payments to ledger: external 3306');
  const frames = all(svg, 'g').flatMap(({ children: [title, shape] }) =>
    shape?.attributes.class?.startsWith('frame') ? [title.text] : [],
  );
  expect(frames).toEqual(['namespace data', 'namespace shop', 'beside the services']);
});

test('messages, and what only orders the start, are dashed; the rest is not', () => {
  const svg = toSvg(SHOP, 'Shop');
  expect(svg).toContain('.message.line{stroke-dasharray');
  expect(svg).toContain('.start.line{stroke-dasharray');
  expect(svg).not.toContain('.call.line{');
  const groups = classed(parsed(svg), 'path', 'line').flatMap(({ attributes, children }) =>
    children.map(({ text }) => [text.split(': ').pop(), attributes.class]),
  );
  expect(Object.fromEntries(groups)).toMatchObject({
    'HTTP 8080': 'line call',
    'gRPC 50051': 'line call',
    'database 5432': 'line data',
    'consumes 9094': 'line message',
    'payments starts after orders': 'line start',
  });
});

test('the legend has what is in the picture, and nothing else', () => {
  const legend = (graph: ServiceGraph): string[] =>
    parsed(toSvg(graph, 'a'))
      .children.filter(({ name }) => name === 'text')
      .map(({ text }) => text);
  expect(legend(SHOP)).toEqual([
    'Gateway',
    'Service',
    'Job',
    'Database',
    'Bucket',
    'Cache',
    'Topic',
    'External',
    'calls',
    'stores',
    'messages',
    'calls outside',
    'starts after',
    // a sample of it
    '1',
    'place in the start order',
  ]);
  expect(legend({ nodes: [node('a'), node('b')], edges: [edge('a', 'http', 'b', 8080)] })).toEqual([
    'Service',
    'calls',
  ]);
  expect(legend({ nodes: [], edges: [] })).toEqual([]);
});

test('it fetches nothing, runs nothing, and has colours for light and for dark', () => {
  const svg = toSvg(SHOP, 'Shop');
  expect(svg).not.toMatch(/href|<script|@import|url\((?!#arrow-)/);
  expect(svg).toContain('@media (prefers-color-scheme:dark){');
});

test.each(HOSTILE)('hostile text stays text: %j', (text) => {
  const graph = { nodes: [node('a', { details: [text] })], edges: [] };
  const svg = parsed(toSvg(graph, text));
  const elements = (element: Element): string[] => [element.name, ...element.children.flatMap(elements)];
  expect(elements(svg).sort()).toEqual(
    elements(parsed(toSvg({ nodes: [node('a', { details: ['plain'] })], edges: [] }, 'plain'))).sort(),
  );
});

test('a long text is cut, and whole in the title of its box', () => {
  const long = 'x'.repeat(300);
  const svg = parsed(toSvg({ nodes: [node('a', { details: [long] })], edges: [] }, 'a'));
  expect(classed(svg, 'text', 'small').some(({ text }) => text === `${'x'.repeat(47)}…`)).toBe(true);
  expect(all(svg, 'title').some(({ text }) => text.includes(long))).toBe(true);
});

test.each([
  ['api-gateway', 13, 71],
  ['illicit', 13, 25],
  ['MMMM', 10, 34],
  ['', 13, 0],
  ['漢字', 11, 22],
])('the width of %j at %d pixels is %d', (text, size, width) => {
  expect(textWidth(text, size)).toBe(width);
});

test('texts stay inside of their boxes, whatever font draws them', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const svg = parsed(toSvg(graph, 'a'));
      for (const { children } of all(svg, 'g')) {
        const box = children.find(({ attributes }) => attributes.class === 'box');
        if (!box) continue;
        const { x, y, width, height } = boxOf(box);
        for (const { attributes } of children.filter(({ name }) => name === 'text')) {
          const length = Number(attributes.textLength);
          const left = Number(attributes.x) - (attributes['text-anchor'] === 'middle' ? length / 2 : 0);
          expect(attributes.lengthAdjust).toBe('spacingAndGlyphs');
          expect(left).toBeGreaterThan(x);
          expect(left + length).toBeLessThan(x + width);
          expect(Number(attributes.y)).toBeGreaterThan(y);
          expect(Number(attributes.y)).toBeLessThan(y + height);
        }
      }
    }),
    { numRuns: 30 },
  );
});

test('the same graph is the same picture, whichever order it was put together in', () => {
  expect(toSvg(reversed(SHOP), 'Shop')).toBe(toSvg(SHOP, 'Shop'));
  fc.assert(
    fc.property(anyGraph, (graph) => {
      expect(toSvg(reversed(graph), 'a')).toBe(toSvg(graph, 'a'));
    }),
    { numRuns: 15 },
  );
});

test('no two boxes overlap, frames have their own parts only, and everything is on the page', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const svg = parsed(toSvg(graph, 'a'));
      const [left, top, width, height] = svg.attributes.viewBox.split(' ').map(Number);
      const page = { x: left, y: top, width, height };
      const { nodes, frames } = placed(inOrder(graph), () => ({ width: 140, height: 60 }));
      nodes.forEach((one, at) => {
        expect(nodes.slice(at + 1).filter((other) => overlap(one, other))).toEqual([]);
        const around = frames.filter((frame) => overlap(frame, one));
        expect(around.map(({ name }) => name)).toEqual([one.node.namespace]);
        expect(contains(around[0], one)).toBe(true);
      });
      frames.forEach((one, at) => {
        expect(frames.slice(at + 1).filter((other) => overlap(one, other))).toEqual([]);
      });
      for (const rectangle of all(svg, 'rect')) expect(contains(page, boxOf(rectangle))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('every line begins and ends at the side of its boxes, and runs through no other', () => {
  fc.assert(
    fc.property(anyGraph, (graph) => {
      const { nodes, edges } = placed(inOrder(graph), () => ({ width: 140, height: 60 }));
      const boxes = new Map(nodes.map((one) => [one.node.name, one]));
      for (const {
        edge: { from, to },
        points,
      } of edges) {
        const [start, end] = [boxes.get(from), boxes.get(to)];
        expect(start && onSide(points[0], start)).toBe(true);
        expect(end && onSide(points[points.length - 1], end)).toBe(true);
        points.slice(1).forEach((point, at) => {
          const before = points[at];
          const stretch = {
            x: Math.min(before.x, point.x),
            y: Math.min(before.y, point.y),
            width: Math.abs(before.x - point.x),
            height: Math.abs(before.y - point.y),
          };
          expect(nodes.filter((box) => overlap(box, stretch)).map(({ node: { name } }) => name)).toEqual([]);
        });
      }
    }),
    { numRuns: 30 },
  );
});
