/**
 * Builds the public package of the operators' runtime into lib/: a file of code for each entry, and the declarations that can be reached from
 * them. What else the declarations of the repository say is not in the package.
 *
 *   node operators/package/build.js [folder]
 */
const fs = require('fs');
const os = require('os');
const path = require('path');
const { build } = require('esbuild');
const ts = require('typescript');

const ROOT = path.join(__dirname, '..', '..');
const ENTRIES = ['index', 'deploy'].map((name) => path.join(ROOT, 'operators', 'src', `${name}.ts`));
const TARGET = path.resolve(process.argv[2] ?? path.join(__dirname, 'lib'));

/** Constructs come from the library that the user's program has, so that there is one of each. */
const LIBRARY = {
  name: 'library',
  setup({ onResolve }) {
    const external = () => ({ path: 'ml-platform-constructs', external: true });
    onResolve({ filter: /^ml-platform-constructs$/ }, external);
    onResolve({ filter: /\/constructs\/workloads$/ }, external);
  },
};

async function main() {
  fs.rmSync(TARGET, { recursive: true, force: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outdir: TARGET,
    bundle: true,
    platform: 'node',
    target: 'node20.9',
    format: 'cjs',
    external: [
      'cdk8s',
      'constructs',
      'fastify',
      'prom-client',
      '@bufbuild/cel',
      '@bufbuild/cel/ext',
      '@bufbuild/protobuf',
    ],
    plugins: [LIBRARY],
    keepNames: true,
    logLevel: 'warning',
  });
  declarations();
}

function declarations() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'declarations-'));
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    ROOT,
  );
  const program = ts.createProgram(ENTRIES, {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: ROOT,
    outDir: folder,
  });
  program.emit();
  // what the entries reach
  const todo = ENTRIES.map((entry) => path.join(folder, path.relative(ROOT, entry).replace(/\.ts$/, '.d.ts')));
  const done = new Set();
  while (todo.length > 0) {
    const file = todo.pop();
    if (done.has(file)) continue;
    done.add(file);
    const text = fs.readFileSync(file, 'utf8');
    const target = path.join(TARGET, 'types', path.relative(folder, file));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
    for (const [, name] of text.matchAll(/(?:from|import\()\s*["'](\.[^"']+)["']/g)) {
      todo.push(path.resolve(path.dirname(file), `${name}.d.ts`));
    }
  }
  fs.rmSync(folder, { recursive: true, force: true });
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
