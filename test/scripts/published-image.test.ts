import * as fs from 'node:fs';
import { FLINK_IMAGE } from '../../src/compositions/neural-platform/flink-image';
import { OPERATORS_IMAGE } from '../../src/compositions/operators/operators-image';
import { INFERENCE_IMAGE } from '../../src/compositions/zero-touch/inference-image';
import { parseImage } from '../../src/contracts/image-reference';

const DIGEST = `sha256:${'0f'.repeat(32)}`;

// eslint-disable-next-line @typescript-eslint/no-require-imports -- a script that Node runs as it is
const { fileOf, pinned } = require('../../scripts/published-image.js') as {
  fileOf(image: string): string;
  pinned(source: string, image: string): string;
};

const sourceOf = (image: string): string => fs.readFileSync(fileOf(image), 'utf8');
const SOURCE = sourceOf(OPERATORS_IMAGE);

test.each([OPERATORS_IMAGE, FLINK_IMAGE, INFERENCE_IMAGE])(
  'the released source names %s by its tag and its digest',
  (named) => {
    const image = `${named}@${DIGEST}`;
    const source = pinned(sourceOf(image), image);
    expect(source.match(/^export const \w+_IMAGE = '(.*)';$/m)?.[1]).toBe(image);
    expect(source.replace(`@${DIGEST}`, '')).toBe(sourceOf(named));
    expect(parseImage(image)?.digest).toBe(DIGEST);
  },
);

test.each([
  ['ghcr.io/other/operators:0.1.0', `the source names ${OPERATORS_IMAGE}, not ghcr.io/other/operators:0.1.0`],
  [`ghcr.io/ml-platform-constructs/operators:0.1.1@${DIGEST}`, `the source names ${OPERATORS_IMAGE}, not `],
  [OPERATORS_IMAGE, `${OPERATORS_IMAGE} ends in no digest`],
  [`${OPERATORS_IMAGE}@sha256:0f`, `${OPERATORS_IMAGE}@sha256:0f ends in no digest`],
])('%s is refused', (image, message) => {
  expect(() => pinned(SOURCE, image)).toThrow(message);
});

test('a source that has a digest is refused', () => {
  const image = `${OPERATORS_IMAGE}@${DIGEST}`;
  expect(() => pinned(pinned(SOURCE, image), image)).toThrow('the source names no image without a digest');
});

test.each(['ghcr.io/ml-platform-constructs/spark:0.1.0', 'constructor:1'])('%s has no source', (image) => {
  expect(() => fileOf(image)).toThrow(`no source names an image ${image}`);
});
