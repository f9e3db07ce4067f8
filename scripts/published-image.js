/**
 * Writes the digests of the images that a release pushes into the source, so that a published package names those that were built with it.
 *
 * Usage: published-image.js <repository>:<tag>@sha256:<digest> …
 *
 * The release workflow runs it between the push of the images and the build of the package; nothing of it is committed.
 */
const fs = require('fs');
const path = require('path');

const FOLDER = path.join(__dirname, '..', 'src', 'compositions');

/** The files with an image each, by the last part of its name. */
const FILES = {
  operators: path.join(FOLDER, 'operators', 'operators-image.ts'),
  flink: path.join(FOLDER, 'neural-platform', 'flink-image.ts'),
  inference: path.join(FOLDER, 'zero-touch', 'inference-image.ts'),
};

/** The source with the digest. Throws unless the image is the one that the source names, and has a digest. */
function pinned(source, image) {
  const [, named] = /^export const [A-Z]+_IMAGE = '([^'@]+)';$/m.exec(source) ?? [];
  if (named === undefined) throw new Error('the source names no image without a digest');
  const [reference, digest = ''] = image.split('@');
  if (reference !== named) throw new Error(`the source names ${named}, not ${reference}`);
  if (!/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new Error(`${image} ends in no digest: @sha256:<64 hexadecimal digits>`);
  return source.replace(`'${named}'`, `'${image}'`);
}

/** The file of an image. */
function fileOf(image) {
  const [, name] = /([^/:@]+)(:[^/@]*)?(@.*)?$/.exec(image) ?? [];
  if (!Object.hasOwn(FILES, name ?? '')) throw new Error(`no source names an image ${image}`);
  return FILES[name];
}

if (require.main === module) {
  const images = process.argv.slice(2);
  const missing = Object.keys(FILES).filter((name) => !images.some((image) => fileOf(image) === FILES[name]));
  if (missing.length > 0) throw new Error(`name the images of ${missing.join(', ')}`);
  for (const image of images) fs.writeFileSync(fileOf(image), pinned(fs.readFileSync(fileOf(image), 'utf8'), image));
}

module.exports = { fileOf, pinned };
