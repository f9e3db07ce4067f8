/**
 * Writes the digest of the operators' image into the source, so that a published package names the image that was built with it.
 *
 * Usage: operators-image.js <repository>:<tag>@sha256:<digest>
 *
 * The release workflow runs it between the push of the image and the build of the package; nothing of it is committed.
 */
const fs = require('fs');
const path = require('path');

const FILE = path.join(__dirname, '..', 'src', 'compositions', 'neural-platform', 'operators-image.ts');

/** The source with the digest. Throws unless the image is the one that the source names, and has a digest. */
function pinned(source, image) {
  const [, named] = /^export const OPERATORS_IMAGE = '([^'@]+)';$/m.exec(source) ?? [];
  if (named === undefined) throw new Error('the source names no image without a digest');
  const [reference, digest = ''] = image.split('@');
  if (reference !== named) throw new Error(`the source names ${named}, not ${reference}`);
  if (!/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new Error(`${image} ends in no digest: @sha256:<64 hexadecimal digits>`);
  return source.replace(`'${named}'`, `'${image}'`);
}

if (require.main === module) {
  fs.writeFileSync(FILE, pinned(fs.readFileSync(FILE, 'utf8'), process.argv[2] ?? ''));
}

module.exports = { pinned };
