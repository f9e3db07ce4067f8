import * as fs from 'node:fs';
import * as path from 'node:path';
import { OPERATORS_IMAGE } from '../../src/compositions/neural-platform/operators-image';
import { parseImage } from '../../src/contracts/image-reference';

const FILE = path.resolve(__dirname, '../../src/compositions/neural-platform/operators-image.ts');
const SOURCE = fs.readFileSync(FILE, 'utf8');
const DIGEST = `sha256:${'0f'.repeat(32)}`;

// eslint-disable-next-line @typescript-eslint/no-require-imports -- a script that Node runs as it is
const { pinned } = require('../../scripts/operators-image.js') as { pinned(source: string, image: string): string };

test('the released source names the image by its tag and its digest', () => {
  const image = `${OPERATORS_IMAGE}@${DIGEST}`;
  const source = pinned(SOURCE, image);
  expect(source.match(/^export const OPERATORS_IMAGE = '(.*)';$/m)?.[1]).toBe(image);
  expect(source.replace(`@${DIGEST}`, '')).toBe(SOURCE);
  expect(parseImage(image)?.digest).toBe(DIGEST);
});

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
