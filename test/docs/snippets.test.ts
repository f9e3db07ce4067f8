import * as fs from 'fs';
import * as path from 'path';
import * as ts from 'typescript';
import { INPUTS } from '../bad-input/inputs';
import { blocks, pages, ROOT, Snippet } from './pages';

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
function problemsIn(snippets: Snippet[]): string[] {
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

function exportedNames(): Set<string> {
  const program = ts.createProgram([ENTRY], compilerOptions());
  const source = program.getSourceFile(ENTRY);
  const symbol = source && program.getTypeChecker().getSymbolAtLocation(source);
  return new Set(
    symbol
      ? program
          .getTypeChecker()
          .getExportsOfModule(symbol)
          .map((one) => one.getName())
      : [],
  );
}

/** In one line, so that lines of the snippet keep their numbers. */
function importsFor(code: string, exported: Set<string>): string {
  if (code.includes("from 'ml-platform-constructs'")) return '';
  const used = new Set(code.match(/\b[A-Za-z_]\w*\b/g));
  return `import { ${[...exported].filter((name) => used.has(name)).join(', ')} } from 'ml-platform-constructs';`;
}

test('the snippets of the documentation compile', () => {
  const snippets = pages().flatMap((page) => blocks(page, 'ts'));
  expect(snippets.length).toBeGreaterThan(30);
  expect(problemsIn(snippets)).toEqual([]);
});

test('a snippet that does not compile is found, with its line', () => {
  const code = "\nnew HttpRoute(chart, 'api', {});";
  expect(problemsIn([{ page: 'docs/x.md', line: 7, code }])).toEqual([
    expect.stringMatching(/^docs\/x\.md:9 .*missing the following properties.*: gateway, namespace, serviceName/),
  ]);
});

test('the messages that the documentation shows are real', () => {
  const real = INPUTS.flatMap(({ message }) => message.split('\n').map((line) => line.trim()));
  const shown = ['docs/app.md', 'docs/checks.md']
    .flatMap((page) => blocks(page, 'text'))
    .flatMap(({ code }) => code.split('\n').map((line) => line.trim()))
    .filter((line) => line.startsWith('['));
  expect(shown.length).toBeGreaterThan(8);
  expect(shown.filter((line) => !real.includes(line))).toEqual([]);
});

test('the links of the documentation lead somewhere', () => {
  const broken = pages().flatMap((page) => {
    const text = fs.readFileSync(path.join(ROOT, page), 'utf8').replace(/```[\s\S]*?```/g, '');
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1])
      .filter((link) => !/^(https?|mailto):/.test(link))
      .filter((link) => {
        const [file, anchor] = link.split('#');
        const target = file === '' ? path.join(ROOT, page) : path.join(ROOT, path.dirname(page), file);
        return !fs.existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
      })
      .map((link) => `${page}: ${link}`);
  });
  expect(broken).toEqual([]);
});

/** As GitHub makes them from headings. */
function anchorsOf(file: string): string[] {
  const headings = fs.readFileSync(file, 'utf8').match(/^#+ .*$/gm) ?? [];
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /g, '-'),
  );
}
