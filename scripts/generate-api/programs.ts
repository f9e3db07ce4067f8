import * as fs from 'node:fs';
import * as path from 'node:path';

/** A generated module that carries one program, or all those of a folder. */
interface ProgramModule {
  /** The program, or the folder. */
  readonly source: string;
  readonly file: string;
  readonly constant: string;
  readonly comment: string;
}

const MODULES: readonly ProgramModule[] = [
  {
    source: 'src/constructs/feature-stores/programs',
    file: 'src/constructs/feature-stores/feature-programs.ts',
    constant: 'FEATURE_PROGRAMS',
    comment: "The Python programs of a feature store's pods, by file name.",
  },
  {
    source: 'src/constructs/workflows/programs',
    file: 'src/constructs/workflows/workflow-programs.ts',
    constant: 'WORKFLOW_PROGRAMS',
    comment: "The Python programs of a workflow's stages, by file name.",
  },
  {
    source: 'src/constructs/serving/baseline/drift_baseline.py',
    file: 'src/constructs/serving/drift-baseline-source.ts',
    constant: 'DRIFT_BASELINE_PROGRAM',
    comment: 'Writes the histograms of training data as JSON; needs Python 3.9 with numpy and pyarrow.',
  },
];

/**
 * Programs as text in TypeScript, by the file of the module: the library and a bundled operator put them into a ConfigMap without
 * reading a file.
 */
export function programModules(root: string): ReadonlyMap<string, string> {
  return new Map(
    MODULES.map(({ source, file, constant, comment }) => {
      const declaration = source.endsWith('.py')
        ? `${constant} = ${literal(fs.readFileSync(path.join(root, source), 'utf8'))}`
        : `${constant}: Readonly<Record<string, string>> = ${filesLiteral(root, source, /\.py$/)}`;
      return [file, `${generatedFrom(source)}\n\n/** ${comment} */\nexport const ${declaration};\n`];
    }),
  );
}

/** The line that a generated module begins with. */
export function generatedFrom(source: string): string {
  return `// Generated from ${source}: run npx tsx scripts/generate-api.ts. Not edited by hand.`;
}

/** An object literal with the text of each file of a folder by its name. */
export function filesLiteral(root: string, folder: string, names: RegExp): string {
  const files = fs.readdirSync(path.join(root, folder)).filter((name) => names.test(name));
  const text = (name: string): string => fs.readFileSync(path.join(root, folder, name), 'utf8');
  return `{\n${files
    .sort()
    .map((name) => `'${name}': ${literal(text(name))},`)
    .join('\n')}\n}`;
}

/** A template literal, so that the generated file can be read and compared line by line. */
function literal(text: string): string {
  return `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``;
}
