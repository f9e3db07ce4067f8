import { programFiles } from '../../contracts/programs';

interface Connectors {
  readonly spark: string;
  readonly scala: string;
  readonly packages: Readonly<Record<string, readonly string[]>>;
}

const { spark, scala, packages } = JSON.parse(programFiles('pipeline-runner')['connectors.json']) as Connectors;

/** Version of Spark that the pipeline runner is written and tested for. */
export const RUNNER_SPARK_VERSION = spark;

/** Image of that Spark, with Python. */
export const RUNNER_IMAGE = `docker.io/apache/spark:${spark}-scala${scala}-java17-python3-ubuntu`;

/** Maven packages by the connector that needs them: drivers of databases, formats, schemes of stores, and kafka. */
export const RUNNER_PACKAGES = packages;
