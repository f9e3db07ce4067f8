/**
 * Bundles the hook server into one file: the image has that file, Node.js and the programs, and no packages.
 *
 * Writes server.js, programs, the Python programs that the server puts into ConfigMaps, and server.meta.json, which lists the modules
 * that went into the file, into the folder dist or the one that is named.
 */
const { cpSync, readdirSync, rmSync, writeFileSync } = require('fs');
const { basename, join, resolve } = require('path');
const { build } = require('esbuild');

const TARGET = resolve(process.argv[2] ?? join(__dirname, 'dist'));

async function main() {
  const { metafile } = await build({
    absWorkingDir: join(__dirname, '..'),
    entryPoints: ['operators/src/main.ts'],
    outfile: join(TARGET, 'server.js'),
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
  writeFileSync(join(TARGET, 'server.meta.json'), JSON.stringify(metafile));
  copyPrograms(join(__dirname, '..', 'programs'), join(TARGET, 'programs'));
}

/** Copies the sources, where programFiles() of src/contracts/programs.ts finds them. */
function copyPrograms(from, to) {
  rmSync(to, { recursive: true, force: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const filter = (file) => basename(file) !== '__pycache__';
    cpSync(join(from, entry.name, 'src'), join(to, entry.name, 'src'), { recursive: true, filter });
  }
}

main().catch(() => {
  process.exitCode = 1;
});
