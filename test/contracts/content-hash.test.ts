import { canonicalJson } from '../../src/contracts/canonical-json';
import { contentHash } from '../../src/contracts/content-hash';

test('a hash is that of all the content, in its order', () => {
  // names of objects in clusters end with it: it may not change
  expect(contentHash('a', { b: 1 })).toBe('3d6f51e1fd');
  expect(contentHash({ b: 1 }, 'a')).not.toBe(contentHash('a', { b: 1 }));
  expect(contentHash('ab')).not.toBe(contentHash('a', 'b'));
});

test('canonical JSON has the keys of objects in order, however deep, and lists as they are', () => {
  const json = canonicalJson({ b: [{ d: 1, c: undefined }, 'z', 'a'], a: { z: null, '10': true, '9': false } });
  expect(json).toBe('{"a":{"9":false,"10":true,"z":null},"b":[{"d":1},"z","a"]}');
});
