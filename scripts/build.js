/** Compiles src/ into lib/ and .jsii, from nothing: what a previous build left of a removed file would end up in the package. */
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const ts = require('typescript');
const lazyExports = require('./lazy-exports');

const root = path.join(__dirname, '..');
for (const former of ['lib', '.jsii']) fs.rmSync(path.join(root, former), { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [require.resolve('jsii/bin/jsii', { paths: [root] }), '--fail-on-warnings', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      // Node 20 is the library's floor on purpose
      JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20',
      // jsii would ask the internet how long it is supported
      JSII_SILENCE_SUPPORT_WARNING: 'true',
    },
  },
);
if (status === 0) {
  withoutInternals();
  lazyExports.main(root);
}
process.exitCode = status ?? 1;

/** Declares anew what is public: jsii keeps members marked @internal, whose names begin with `_`, where an editor offers them. */
function withoutInternals() {
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(path.join(root, 'tsconfig.jsii.json'), (file) => ts.sys.readFile(file)).config,
    ts.sys,
    root,
  );
  const program = ts.createProgram(fileNames, { ...options, incremental: false, tsBuildInfoFile: undefined });
  const isPublic = (member) => !(member.name && ts.isIdentifier(member.name) && member.name.text.startsWith('_'));
  const transform = (context) => (file) => {
    const visit = (node) =>
      ts.isClassDeclaration(node)
        ? context.factory.updateClassDeclaration(
            node,
            node.modifiers,
            node.name,
            node.typeParameters,
            node.heritageClauses,
            node.members.filter(isPublic),
          )
        : ts.visitEachChild(node, visit, context);
    return ts.visitNode(file, visit);
  };
  program.emit(undefined, undefined, undefined, true, { afterDeclarations: [transform] });
}
