import * as fs from 'fs';
import * as path from 'path';
import * as ts from 'typescript';
import { exportedSymbols, problemsIn } from './compile';
import { ROOT, Snippet } from './pages';

/** A public class, where it is declared, and the examples in its docstring. */
interface PublicClass {
  readonly name: string;
  readonly examples: Snippet[];
}

const { symbols, checker } = exportedSymbols();
const resolved = symbols.map((symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
);

/** The classes that a program can make and that are constructs. */
function publicConstructs(): PublicClass[] {
  return resolved.flatMap((symbol) => {
    const declaration = symbol.declarations?.find(ts.isClassDeclaration);
    if (!declaration || isAbstract(declaration) || !isConstruct(declaration)) return [];
    return [{ name: symbol.getName(), examples: examplesOf(symbol, declaration) }];
  });
}

function isAbstract(declaration: ts.ClassDeclaration): boolean {
  return declaration.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword) ?? false;
}

function isConstruct(declaration: ts.ClassDeclaration): boolean {
  const type = checker.getTypeAtLocation(declaration) as ts.InterfaceType;
  const bases = (one: ts.BaseType): string[] => [
    one.symbol.getName(),
    ...((one.flags & ts.TypeFlags.Object && one.isClassOrInterface() ? checker.getBaseTypes(one) : []) ?? []).flatMap(
      bases,
    ),
  ];
  return bases(type).includes('Construct');
}

function examplesOf(symbol: ts.Symbol, declaration: ts.ClassDeclaration): Snippet[] {
  const file = declaration.getSourceFile();
  const line = file.getLineAndCharacterOfPosition(declaration.getStart()).line + 1;
  return symbol
    .getJsDocTags(checker)
    .filter(({ name }) => name === 'example')
    .map(({ text }) => ({
      page: path.relative(ROOT, file.fileName),
      line,
      code: ts
        .displayPartsToString(text)
        .replace(/^```\w*\n/, '')
        .replace(/\n?```$/, ''),
    }));
}

test('every public construct has an example', () => {
  const constructs = publicConstructs();
  expect(constructs.length).toBeGreaterThan(30);
  expect(constructs.filter(({ examples }) => examples.length === 0).map(({ name }) => name)).toEqual([]);
});

test('the examples in docstrings compile', () => {
  const examples = resolved.flatMap((symbol) => {
    const declaration = symbol.declarations?.find(ts.isClassDeclaration);
    return declaration ? examplesOf(symbol, declaration) : [];
  });
  expect(problemsIn(examples)).toEqual([]);
});

test('what is exported is what other languages have, and no more than 400 names', () => {
  // a construct library of which a part is for TypeScript only would be two libraries
  const elsewhere = resolved.filter(
    ({ flags }) => !(flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface | ts.SymbolFlags.RegularEnum)),
  );
  expect(elsewhere.map((symbol) => symbol.getName())).toEqual([]);
  const hidden = resolved.filter(
    (symbol) =>
      symbol.getName().startsWith('_') || symbol.getJsDocTags(checker).some(({ name }) => name === 'internal'),
  );
  expect(hidden.map((symbol) => symbol.getName())).toEqual([]);
  expect(symbols.length).toBeLessThanOrEqual(400);
});

test('API.md has every exported name', () => {
  const text = fs.readFileSync(path.join(ROOT, 'API.md'), 'utf8');
  const missing = symbols.map((symbol) => symbol.getName()).filter((name) => !text.includes(`### ${name} `));
  expect(missing).toEqual([]);
});
