/** Spark on a node: its image, and the pod of a driver as Spark's operator has it made. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { SPARK_USER, SPARK_WORK_FOLDER } from '../../src/constructs/engines/engine-pods';
import type { KubernetesObject } from '../cluster/types';
import { type Image, type Layer, librariesOf } from './images';
import { BUSYBOX, pythonEnvironment } from './python-images';

/** Spark 4 with Python and Java. */
export const SPARK_IMAGE = 'registry.example.com/spark:4.0';

const HOME = '/opt/spark';
/** Of no use to a pipeline, and 120 MB together. */
const UNUSED_JARS = /^(rocksdbjni|spark-mllib|breeze|spire|cats-|scala-compiler)/;
/** What Spark's own scripts call, and Hadoop for files that lie in no bucket. */
const COMMANDS = ['basename', 'chmod', 'dirname', 'env', 'id', 'readlink', 'stat', 'uname'];

/** As in Apache's image, but for `tini`, which takes in orphans. */
const ENTRYPOINT = `#!/bin/bash
set -e
case "$1" in
  driver)
    shift
    exec "$SPARK_HOME/bin/spark-submit" --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" --deploy-mode client "$@"
    ;;
  *) exec "$@" ;;
esac
`;

/** The parts of a SparkApplication that a driver is made of. */
interface Application {
  readonly image: string;
  readonly mainApplicationFile: string;
  readonly arguments: readonly string[];
  readonly sparkConf: Readonly<Record<string, string>>;
  readonly volumes: readonly object[];
  readonly driver: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly serviceAccount: string;
    readonly javaOptions: string;
    readonly memory: string;
    readonly memoryOverhead: string;
    readonly coreRequest: string;
    readonly podSecurityContext: object;
    readonly securityContext: object;
    readonly env: readonly object[];
    readonly ports: readonly object[];
    readonly volumeMounts: readonly object[];
    readonly template: { readonly spec: Readonly<Record<string, unknown>> };
  };
}

/**
 * PySpark with a Java runtime, in the folders of Apache's image: the packages of the pipeline runner's tests, and the Java that this
 * machine has.
 */
export async function sparkImage(): Promise<Image> {
  const environment = await pythonEnvironment('pipeline-runner', ['_pytest', 'hypothesis', 'pygments']);
  const packages = path.join(path.dirname(path.dirname(environment.python)), 'lib');
  const [site] = fs.readdirSync(packages).map((python) => path.join(packages, python, 'site-packages'));
  const spark = path.join(site, 'pyspark');
  const jars = fs.readdirSync(path.join(spark, 'jars')).filter((jar) => UNUSED_JARS.test(jar));
  const exclude = [...(environment.layer.exclude ?? []), ...jars.map((jar) => path.join(spark, 'jars', jar))];
  const java = javaHome();
  return {
    name: SPARK_IMAGE,
    layers: [
      BUSYBOX,
      {
        files: { '/bin/bash': { from: '/bin/bash' }, ...(await librariesOf(['/bin/bash'])) },
        links: Object.fromEntries(COMMANDS.map((name) => [`/usr/bin/${name}`, '/bin/busybox'])),
      },
      await javaLayer(java),
      { ...environment.layer, exclude },
      {
        files: {
          '/opt/entrypoint.sh': { text: ENTRYPOINT },
          // Hadoop wants to know the name of its user
          '/etc/passwd': { text: `root:x:0:0::/:/bin/sh\nspark:x:${SPARK_USER}:${SPARK_USER}::/:/bin/sh\n` },
          '/etc/group': { text: `root:x:0:\nspark:x:${SPARK_USER}:\n` },
        },
        links: Object.fromEntries(
          ['bin', 'jars', 'python', 'sbin'].map((folder) => [`${HOME}/${folder}`, path.join(spark, folder)]),
        ),
      },
    ],
    entrypoint: ['/bin/bash', '/opt/entrypoint.sh'],
    user: 'spark',
    env: {
      SPARK_HOME: HOME,
      JAVA_HOME: java,
      PATH: `${path.dirname(environment.python)}:/usr/local/bin:/usr/bin:/bin`,
    },
    workingDirectory: SPARK_WORK_FOLDER,
  };
}

/**
 * The driver of a run, as Spark makes it of the SparkApplication and Spark's operator adds to it, with its configuration. One thing is
 * different: the driver does the work itself, without executors.
 */
export function sparkDriver(application: KubernetesObject, run: string): KubernetesObject[] {
  const spec = application.spec as unknown as Application;
  const { driver } = spec;
  const { namespace = '' } = application.metadata;
  const conf = {
    'spark.master': 'local[2]',
    'spark.app.name': run,
    'spark.driver.memory': driver.memory,
    'spark.driver.extraJavaOptions': driver.javaOptions,
    ...spec.sparkConf,
  };
  const [{ name: container }] = driver.template.spec.containers as { name: string }[];
  const memory = `${mebibytes(driver.memory) + mebibytes(driver.memoryOverhead)}Mi`;
  const properties = '/opt/spark/conf/spark.properties';
  const main = ['--class', 'org.apache.spark.deploy.PythonRunner', spec.mainApplicationFile, ...spec.arguments];
  return [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${run}-conf`, namespace },
      data: {
        'spark.properties': Object.entries(conf)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${run}-driver`,
        namespace,
        labels: {
          ...driver.labels,
          'spark-role': 'driver',
          'sparkoperator.k8s.io/app-name': run,
          'sparkoperator.k8s.io/launched-by-spark-operator': 'true',
        },
        annotations: driver.annotations,
      },
      spec: {
        ...driver.template.spec,
        restartPolicy: 'Never',
        serviceAccountName: driver.serviceAccount,
        securityContext: driver.podSecurityContext,
        containers: [
          {
            name: container,
            image: spec.image,
            imagePullPolicy: 'IfNotPresent',
            args: ['driver', '--properties-file', properties, ...main],
            env: [
              ...driver.env,
              { name: 'SPARK_DRIVER_BIND_ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
              { name: 'SPARK_LOCAL_DIRS', value: '/var/data/spark' },
              { name: 'SPARK_CONF_DIR', value: path.dirname(properties) },
            ],
            ports: driver.ports,
            resources: { requests: { cpu: driver.coreRequest, memory }, limits: { memory } },
            securityContext: driver.securityContext,
            volumeMounts: [
              ...driver.volumeMounts,
              { name: 'spark-local-dir-1', mountPath: '/var/data/spark' },
              { name: 'spark-conf-volume-driver', mountPath: path.dirname(properties) },
            ],
          },
        ],
        volumes: [
          ...spec.volumes,
          { name: 'spark-local-dir-1', emptyDir: {} },
          { name: 'spark-conf-volume-driver', configMap: { name: `${run}-conf` } },
        ],
      },
    },
  ];
}

function javaHome(): string {
  const java = execFileSync('which', ['java'], { encoding: 'utf8' }).trim();
  return path.dirname(path.dirname(fs.realpathSync(java)));
}

/** The runtime: without what compiles, and without windows and sound. */
async function javaLayer(home: string): Promise<Layer> {
  const exclude = ['jmods', 'include', 'legal', 'man', 'docs', 'lib/src.zip', 'lib/ct.sym'].map((one) =>
    path.join(home, one),
  );
  const found = filesBelow(home, exclude);
  // Debian keeps its settings elsewhere
  const outside = found.flatMap((file) => {
    if (!fs.lstatSync(file).isSymbolicLink() || !fs.existsSync(file)) return [];
    const target = fs.realpathSync(file);
    return target.startsWith(`${home}/`) ? [] : [target];
  });
  const programs = found.filter((file) => /\.so$/.test(file) || path.dirname(file) === path.join(home, 'bin'));
  const libraries = Object.entries(await librariesOf(programs)).filter(([file]) => !file.startsWith(`${home}/`));
  return { paths: [home, ...new Set(outside)], exclude, files: Object.fromEntries(libraries) };
}

function filesBelow(folder: string, exclude: readonly string[]): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (exclude.includes(file)) return [];
    return entry.isDirectory() ? filesBelow(file, exclude) : [file];
  });
}

/** Of an amount as Spark has it. */
function mebibytes(amount: string): number {
  const [, number, unit] = /^(\d+)([mg])/.exec(amount) ?? [];
  if (number === undefined) throw new Error(`${amount} is no amount of memory`);
  return Number(number) * (unit === 'g' ? 1024 : 1);
}
