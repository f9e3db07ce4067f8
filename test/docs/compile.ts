import * as path from 'path';
import * as ts from 'typescript';
import { ROOT, Snippet } from './pages';

const ENTRY = path.join(ROOT, 'src', 'index.ts');

/** What snippets may use without declaring it; docs/README.md says so. */
const PRELUDE = `
import { Chart as PreludeChart } from 'cdk8s';
import * as prelude from 'ml-platform-constructs';
declare global {
  const app: prelude.PlatformApp;
  const environment: prelude.Environment;
  const platform: prelude.DataPlatform;
  const cluster: prelude.ICluster;
  const chart: PreludeChart;
}
`;

/** Compiles snippets, each as a module; gives back what is wrong, with the page and line. */
export function problemsIn(snippets: Snippet[]): string[] {
  const files = new Map<string, string>([[path.join(ROOT, 'snippet-prelude.ts'), PRELUDE]]);
  const snippetOf = new Map<string, Snippet>();
  const exported = exportedNames();
  snippets.forEach((snippet, at) => {
    const file = path.join(ROOT, `snippet-${at}.ts`);
    snippetOf.set(file, snippet);
    files.set(file, `${importsFor(snippet.code, exported)} export {};\n${snippet.code}`);
  });
  const options = compilerOptions();
  const host = ts.createCompilerHost(options, true);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, ...rest) => {
    const text = files.get(path.normalize(name));
    return text === undefined
      ? getSourceFile(name, ...rest)
      : ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  };
  host.fileExists = (name) => files.has(path.normalize(name)) || fileExists(name);
  host.readFile = (name) => files.get(path.normalize(name)) ?? readFile(name);
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].flatMap((name) => {
    const source = program.getSourceFile(name);
    const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return diagnostics.map((diagnostic) => {
      const snippet = snippetOf.get(name);
      const line = source?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
      const where = snippet ? `${snippet.page}:${snippet.line + line}` : name;
      return `${where} ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`;
    });
  });
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  // a snippet shows how a value is made, not what becomes of it
  return { ...options, noUnusedLocals: false, noUnusedParameters: false };
}

/** What the library exports, with the checker that knows it. */
export function exportedSymbols(): { readonly symbols: ts.Symbol[]; readonly checker: ts.TypeChecker } {
  const program = ts.createProgram([ENTRY], compilerOptions());
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(ENTRY);
  const module = source && checker.getSymbolAtLocation(source);
  return { symbols: module ? checker.getExportsOfModule(module) : [], checker };
}

function exportedNames(): Set<string> {
  return new Set(exportedSymbols().symbols.map((one) => one.getName()));
}

/** In one line, so that lines of the snippet keep their numbers. */
function importsFor(code: string, exported: Set<string>): string {
  if (code.includes("from 'ml-platform-constructs'")) return '';
  const used = new Set(code.match(/\b[A-Za-z_]\w*\b/g));
  return `import { ${[...exported].filter((name) => used.has(name)).join(', ')} } from 'ml-platform-constructs';`;
}
