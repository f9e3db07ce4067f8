import * as fs from 'node:fs';
import * as path from 'node:path';

import { filesLiteral, generatedFrom } from './programs';

const FOLDER = 'src/constructs/pipelines/runner';

/** The generated module that carries the pipeline runner's files. */
export const RUNNER_SOURCE_FILE = 'src/constructs/pipelines/runner-source.ts';

interface Connectors {
  readonly spark: string;
  readonly scala: string;
  readonly packages: Readonly<Record<string, readonly string[]>>;
}

/**
 * The runner's files as text in TypeScript, so that the library and a bundled operator can put them into a ConfigMap without
 * reading a file.
 */
export function runnerSource(root: string): string {
  const connectors = JSON.parse(fs.readFileSync(path.join(root, FOLDER, 'connectors.json'), 'utf8')) as Connectors;
  const packages = Object.entries(connectors.packages).map(([name, list]) => `${name}: ${JSON.stringify(list)},`);
  return `\
${generatedFrom(FOLDER)}

/** Version of Spark that the runner is written and tested for. */
export const RUNNER_SPARK_VERSION = '${connectors.spark}';

/** Image of that Spark, with Python. */
export const RUNNER_IMAGE = 'docker.io/apache/spark:${connectors.spark}-scala${connectors.scala}-java17-python3-ubuntu';

/** Maven packages by the connector that needs them: drivers of databases, formats, schemes of stores, and kafka. */
export const RUNNER_PACKAGES: Readonly<Record<string, readonly string[]>> = {
${packages.join('\n')}
};

/** The file that the job starts; main.py of RUNNER_FILES. */
export const RUNNER_MAIN = 'main.py';

/** The runner's files by name, for one ConfigMap mounted as one folder. */
export const RUNNER_FILES: Readonly<Record<string, string>> = ${filesLiteral(root, FOLDER, /\.(py|json)$/)};
`;
}
