import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as platformConstructs from 'ml-platform-constructs';
import * as ts from 'typescript';
import { blocks } from './pages';

const PAGE = 'docs/guides/your-own-services.md';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'services-'));
const former = { ...process.env };
beforeAll(() => Object.assign(process.env, { CDK8S_OUTDIR: `${folder}/dist`, CDKTF_OUTDIR: `${folder}/cdktf.out` }));
afterAll(() => {
  process.env = former;
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Runs the program of the guide, and gives back what it prints. */
function print(code: string): string {
  const module = ts.ModuleKind.CommonJS;
  const js = ts.transpileModule(code, { compilerOptions: { module, target: ts.ScriptTarget.ES2022 } }).outputText;
  const printed: string[] = [];
  const log = (text: string): void => void printed.push(text);
  // the code is this repository's own
  const run = Reflect.construct(Function, ['require', 'exports', 'console', js]) as (...given: unknown[]) => void;
  run(() => platformConstructs, {}, { log });
  return printed.join('\n');
}

const [program] = blocks(PAGE, 'ts');

test('the picture of the guide is what its program prints, and the files are those that it names', () => {
  const [picture] = blocks(PAGE, 'mermaid');
  expect(print(program.code).trim()).toBe(picture.code.trim());
  const written = fs.readdirSync(path.join(folder, 'dist/local/shop/shop'));
  const named = [...fs.readFileSync(PAGE, 'utf8').matchAll(/^\| `([a-z-]+\.yaml)`/gm)].map(([, file]) => file);
  expect(named).toHaveLength(3);
  expect(written).toEqual(expect.arrayContaining(named));
});

test('the mistake of the guide is found as it says', () => {
  const [message] = blocks(PAGE, 'text');
  const wrong = program.code
    .replace("new Microservice(shop, 'web'", "const web = new Microservice(shop, 'web'")
    .replace('console.log', 'stock.addDependency(Dependency.http(web));\nconsole.log');
  expect(() => print(wrong)).toThrow(message.code.trim());
});
