/**
 * Bundles the hook server into one file without any other: the image has that file and Node.js, and no packages.
 *
 * Writes dist/server.js, and dist/server.meta.json, which lists the modules that went into it.
 */
const { writeFileSync } = require('fs');
const { join } = require('path');
const { build } = require('esbuild');

async function main() {
  const { metafile } = await build({
    absWorkingDir: join(__dirname, '..'),
    entryPoints: ['operators/src/main.ts'],
    outfile: 'operators/dist/server.js',
    bundle: true,
    platform: 'node',
    target: 'node20.9',
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    // names stay, so that a stack trace can be read
    keepNames: true,
    legalComments: 'linked',
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(__dirname, 'dist', 'server.meta.json'), JSON.stringify(metafile));
}

main().catch(() => {
  process.exitCode = 1;
});
