/**
 * Makes the package's index files load what they re-export when it is first used, as aws-cdk-lib does: who runs an
 * environment on Kind does not load the AWS provider, and the cost of `require('ml-platform-constructs')` does not grow
 * with what the library can do.
 *
 * An index file that holds nothing but re-exports is written anew; any other stays as the compiler made it.
 */
const fs = require('fs');
const path = require('path');
const ts = require('typescript');

const HEADER = `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
`;

const HELPER = `function lazy(names, load) {
    for (const [name, original] of names) {
        Object.defineProperty(exports, name, {
            enumerable: true,
            configurable: true,
            get: () => {
                const value = original === undefined ? load() : load()[original];
                Object.defineProperty(exports, name, { enumerable: true, configurable: true, value });
                return value;
            },
        });
    }
}
`;

/** What an index file re-exports, or undefined where it does more than that. */
function reexports(file) {
  const source = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022);
  const found = [];
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier) return undefined;
    if (statement.isTypeOnly) continue;
    const clause = statement.exportClause;
    found.push({
      from: statement.moduleSpecifier.text,
      namespace: clause && ts.isNamespaceExport(clause) ? clause.name.text : undefined,
      names:
        clause && ts.isNamedExports(clause)
          ? clause.elements.map((one) => [one.name.text, (one.propertyName ?? one.name).text])
          : undefined,
    });
  }
  return found;
}

/** The new text of an index file; `load` gives the module that a path in it means, as the compiler made it. */
function lazyIndex(found, load) {
  const all = [];
  const calls = found.map(({ from, namespace, names }) => {
    // types are gone at run time
    const present = Object.keys(load(from)).filter((name) => name !== 'default');
    const pairs = namespace
      ? [[namespace]]
      : (names ?? present.map((name) => [name, name])).filter(([, original]) => present.includes(original));
    all.push(...pairs.map(([name]) => name));
    return pairs.length > 0 ? `lazy(${JSON.stringify(pairs)}, () => require(${JSON.stringify(from)}));\n` : '';
  });
  // Node finds the names for `import { … }` from an ES module by reading this line
  const announced = all.length > 0 ? `${all.map((name) => `exports.${name} = `).join('')}void 0;\n` : '';
  return HEADER + announced + HELPER + calls.join('');
}

function main(root) {
  const src = path.join(root, 'src');
  const lib = path.join(root, 'lib');
  const written = new Map();
  for (const file of fs.readdirSync(src, { recursive: true }).filter((one) => path.basename(one) === 'index.ts')) {
    const found = reexports(path.join(src, file));
    const compiled = path.join(lib, file.replace(/\.ts$/, '.js'));
    if (found)
      written.set(
        compiled,
        lazyIndex(found, (from) => require(path.join(path.dirname(compiled), from))),
      );
  }
  // only now, since a rewritten index would be loaded by the next
  for (const [file, text] of written) fs.writeFileSync(file, text);
}

module.exports = { lazyIndex, main, reexports };
