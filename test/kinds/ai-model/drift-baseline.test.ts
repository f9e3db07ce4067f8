import * as fc from 'fast-check';

import { parseBaseline } from '../../../src/kinds/ai-model/drift-baseline';

const GOOD = '{"format":1,"rows":1000,"features":[["age",[18,40.5],[12,700,288]],["flag",[0],[600,400]]]}';

test('a baseline is read as it was written', () => {
  expect(parseBaseline(GOOD)).toEqual({
    baseline: {
      rows: 1000,
      features: [
        { name: 'age', bounds: [18, 40.5], counts: [12, 700, 288] },
        { name: 'flag', bounds: [0], counts: [600, 400] },
      ],
    },
  });
});

test('a baseline that was written as JSON is read as it was', () => {
  const { baseline } = parseBaseline(GOOD);
  expect(parseBaseline(JSON.stringify({ format: 1, ...baseline }))).toEqual({ baseline });
});

test('features that did not fit are named', () => {
  const text = '{"format":1,"rows":9,"features":[["a",[1],[4,5]]],"dropped":["b","c"],"droppedCount":7}';
  expect(parseBaseline(text).baseline?.dropped).toEqual(['b', 'c']);
});

test.each([
  ['', 'the message is empty'],
  [GOOD.slice(0, -9), 'the message is not JSON: it may have been cut off'],
  ['Traceback (most recent call last)', 'the message is not JSON: it may have been cut off'],
  ['null', 'the message is no JSON object'],
  ['[]', 'the message is no JSON object'],
  ['{"error":"no column has numbers"}', 'no column has numbers'],
  ['{"format":2}', 'the message is not of format 1'],
  ['{"format":1,"rows":-1,"features":[]}', 'rows is no whole number'],
  ['{"format":1,"rows":1,"features":{}}', 'features is no list'],
  ['{"format":1,"rows":1,"features":[]}', 'features must be 1 to 256'],
  ['{"format":1,"rows":1,"features":["age"]}', 'features[0] is no list'],
  ['{"format":1,"rows":1,"features":[["",[1],[1,1]]]}', 'features[0].name must be a text of at most 128 characters'],
  ['{"format":1,"rows":1,"features":[[7,[1],[1,1]]]}', 'features[0].name must be a text of at most 128 characters'],
  ['{"format":1,"rows":1,"features":[["a",[],[1]]]}', 'features[0].bounds must be 1 to 64 ascending numbers'],
  ['{"format":1,"rows":1,"features":[["a",[2,1],[1,1,1]]]}', 'features[0].bounds must be 1 to 64 ascending numbers'],
  ['{"format":1,"rows":1,"features":[["a",[1,1],[1,1,1]]]}', 'features[0].bounds must be 1 to 64 ascending numbers'],
  ['{"format":1,"rows":1,"features":[["a",["1"],[1,1]]]}', 'features[0].bounds must be 1 to 64 ascending numbers'],
  ['{"format":1,"rows":1,"features":[["a",[1e999],[1,1]]]}', 'features[0].bounds must be 1 to 64 ascending numbers'],
  ['{"format":1,"rows":1,"features":[["a",[1],[1,1,1]]]}', 'features[0].counts must be 2 whole numbers'],
  ['{"format":1,"rows":1,"features":[["a",[1],[1,-1]]]}', 'features[0].counts must be 2 whole numbers'],
  ['{"format":1,"rows":1,"features":[["a",[1],[1,0.5]]]}', 'features[0].counts must be 2 whole numbers'],
  ['{"format":1,"rows":1,"features":[["a",[1],[0,0]]]}', 'features[0].counts must not all be 0'],
  ['{"format":1,"rows":1,"features":[["a",[1],[1,1]],["a",[1],[1,1]]]}', 'features must have different names'],
])('%s is no baseline: %s', (text, reason) => {
  expect(parseBaseline(text)).toEqual({ reason });
});

test('no text makes it throw', () => {
  const values = fc.oneof(
    fc.json(),
    fc.string(),
    fc.nat(GOOD.length).map((length) => GOOD.slice(0, length)),
  );
  fc.assert(
    fc.property(values, (text) => {
      const { baseline, reason } = parseBaseline(text);
      expect(baseline === undefined).toBe(reason !== undefined);
    }),
  );
});
