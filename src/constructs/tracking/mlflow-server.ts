import { JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
import { Access, IDatabase, IObjectStore } from '../../contracts/backing-service';
import { checkWhole } from '../../contracts/bounds';
import { checked } from '../../contracts/checked';
import { checkReferences, environmentOf } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { upperSnakeCase } from '../../contracts/names';
import { INamespace, namespaceNameOf } from '../../contracts/namespace';
import { NetworkPeer } from '../../contracts/network';
import { isHighlyAvailable } from '../../contracts/tier';
import { NO_NODE_METADATA } from '../workloads/env';
import { Json } from '../workloads/pod';
import { Probe } from '../workloads/probe';
import { ServiceWorkload } from '../workloads/service-workload';
import { stoppable } from '../workloads/stoppable';
import { MLFLOW_SERVER_IMAGE } from './mlflow-version';

const PORT = 5000;
/** A user of no account: the image is made for root. */
const USER = 65_532;
const MEMORY_MIB = 512;

/** Options of an MLflow server. */
export interface MlflowServerProps {
  /** The namespace that it runs in. */
  readonly namespace: INamespace;
  /** The PostgreSQL database with experiments, runs and registered models. */
  readonly database: IDatabase;
  /** The bucket with artifacts. */
  readonly store: IObjectStore;
  /**
   * Schema of the database in which its tables are.
   *
   * @default - that of the namespace, whose name is the namespace's with hyphens as underscores
   */
  readonly schema?: string;
  /**
   * Folder of the bucket with the artifacts, with a slash at its end.
   *
   * @default - `mlflow/<namespace>/`
   */
  readonly folder?: string;
  /**
   * Name of the Deployment, the Service and the other objects, a DNS label.
   *
   * @default - the construct's id
   */
  readonly name?: string;
  /**
   * Image with `mlflow` and the drivers of PostgreSQL, S3 and Prometheus. It is the version of MLflow, so it decides the schema of the
   * database, which an earlier version does not understand.
   *
   * @default 'ghcr.io/mlflow/mlflow:v3.15.1-full'
   */
  readonly image?: string;
  /**
   * Number of pods.
   *
   * @default - 2 in staging and production, otherwise 1
   */
  readonly replicas?: number;
  /**
   * Processes of each pod that answer requests.
   *
   * @default - 2 in staging and production, otherwise 1
   */
  readonly workers?: number;
  /**
   * CPU that is reserved for a pod, as a Kubernetes quantity.
   *
   * @default '250m'
   */
  readonly cpu?: string;
  /**
   * Memory of a pod, as a Kubernetes quantity.
   *
   * @default - 512Mi, and as much for each worker
   */
  readonly memory?: string;
  /**
   * Disk space for artifacts on their way, as a Kubernetes quantity: each is written to disk before it is handed on.
   *
   * @default '10Gi'
   */
  readonly tmpSize?: string;
  /**
   * Names of hosts by which it is reached beside that of its Service, such as `mlflow.ml.acme.example`; with a port where the URL has one.
   * Requests with any other `Host` header are refused.
   *
   * @default - none
   */
  readonly hosts?: string[];
  /**
   * Who may connect, beside the scraper. Ports of these peers do not matter. MLflow asks nobody who they are: whoever connects reads and
   * writes all experiments.
   *
   * @default - nobody; `allowFrom()` adds others
   */
  readonly ingress?: NetworkPeer[];
}

/**
 * An MLflow tracking server and model registry: experiments, runs and registered models are in a PostgreSQL database, artifacts in a
 * bucket, and clients need neither: the server hands artifacts on (`mlflow-artifacts:`), so that the credentials of both stay with it.
 *
 * A `ServiceWorkload`: before a new version answers, an init container brings the schema of the database up to date. The user and the
 * password of the database are variables from a Secret, and stand in no URL and no argument.
 *
 * @example
 * const mlflow = new MlflowServer(chart, 'mlflow', {
 *   namespace: platform.teams.ml,
 *   database: platform.database,
 *   store: platform.artifactBucket,
 * });
 * const training = new JobWorkload(chart, 'training', {
 *   namespace: platform.teams.ml,
 *   image: 'ghcr.io/acme/training:1.4.2',
 *   env: { MLFLOW_TRACKING_URI: mlflow.trackingUri },
 * });
 * training.connectTo(mlflow);
 */
@checked('MlflowServer')
export class MlflowServer extends ServiceWorkload {
  /** URL by which clients in the cluster reach it, for `MLFLOW_TRACKING_URI`. */
  public readonly trackingUri: string;

  /** @throws InvalidInputError when a prop is malformed or out of bounds, or of another environment */
  public constructor(scope: Construct, id: string, props: MlflowServerProps) {
    const several = isHighlyAvailable(environmentOf(scope).tier) ? 2 : 1;
    const workers = props.workers ?? several;
    super(scope, id, {
      name: props.name,
      namespace: props.namespace,
      component: 'mlflow',
      image: props.image ?? MLFLOW_SERVER_IMAGE,
      command: ['mlflow', 'server'],
      args: [
        `--host=0.0.0.0`,
        `--port=${PORT}`,
        `--workers=${workers}`,
        '--serve-artifacts',
        '--expose-prometheus=/tmp/metrics',
      ],
      env: {
        HOME: '/tmp',
        PYTHONDONTWRITEBYTECODE: '1',
        ...NO_NODE_METADATA,
        // other stores than AWS's may not know the newer checksums
        AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required',
        AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_required',
        MLFLOW_DISABLE_TELEMETRY: 'true',
        // it would run jobs of users, for which it keeps a queue on disk
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
        // where the database is and who reads it, libpq has from its own variables
        MLFLOW_BACKEND_STORE_URI: BACKEND_STORE,
      },
      port: PORT,
      servicePort: PORT,
      metricsPort: PORT,
      replicas: props.replicas ?? several,
      cpu: props.cpu ?? '250m',
      memory: props.memory ?? `${MEMORY_MIB * (1 + workers)}Mi`,
      tmpSize: props.tmpSize ?? '10Gi',
      runAsUser: USER,
      // an upload that is being handed on
      terminationGracePeriodSeconds: 60,
      startupProbe: Probe.http('/health', { periodSeconds: 5, failureThreshold: 60, timeoutSeconds: 5 }),
      livenessProbe: Probe.http('/health', { periodSeconds: 20, failureThreshold: 6, timeoutSeconds: 5 }),
      // another path that asks for no `Host`: what looks at manifests takes two probes alike for a mistake
      readinessProbe: Probe.http('/version', { timeoutSeconds: 5 }),
      ingress: props.ingress,
    });
    checkReferences(this, props);
    checkWhole(this, 'workers', props.workers, 1, 64, 'give a number of processes');
    const folder = props.folder ?? `mlflow/${namespaceNameOf(this, props.namespace)}/`;
    if (!/^([A-Za-z0-9_.=-]+\/)+$/.test(folder) || /(^|\/)\.+\//.test(folder)) {
      fail(
        this,
        'folder',
        'must have a slash at its end, and none at its start',
        folder,
        "write it like 'mlflow/vision/'",
      );
    }
    this.trackingUri = `http://${this.host}:${PORT}`;
    this.useDatabase(props.database, props.schema);
    props.store.grantReadWrite(this, { prefixes: [folder] });
    this.addBinding(this.workloadName, {
      env: {
        // boto3 does not read AWS_REGION
        AWS_DEFAULT_REGION: props.store.region,
        MLFLOW_ARTIFACTS_DESTINATION: `s3://${props.store.bucketName}/${folder.slice(0, -1)}`,
        MLFLOW_SERVER_ALLOWED_HOSTS: [...this.hostHeaders(), ...this.checkedHosts(props.hosts ?? [])].join(','),
      },
      secretEnv: [],
      egress: [],
      namespaceLabels: {},
    });
    this.patch();
  }

  /** The variables of the database by the names that its driver reads by itself, so that no program puts a password into a URL. */
  private useDatabase(database: IDatabase, schema: string | undefined): void {
    const binding = database.bind(this.identity, Access.READ_WRITE, schema === undefined ? {} : { schema });
    const prefix = upperSnakeCase(database.serviceName);
    const nameOf = (variable: string): string => LIBPQ[variable.slice(prefix.length + 1)] ?? variable;
    this.addBinding(database.serviceName, {
      ...binding,
      env: Object.fromEntries(Object.entries(binding.env).map(([name, value]) => [nameOf(name), value])),
      secretEnv: binding.secretEnv.map((one) => ({ ...one, name: nameOf(one.name) })),
    });
  }

  /**
   * What `Host` may be: the names of the Service; the loopback address, for port forwarding; the pod's own address, by which Prometheus
   * scrapes it.
   *
   * Source: https://github.com/mlflow/mlflow/blob/v3.15.1/mlflow/server/security_utils.py
   */
  private hostHeaders(): string[] {
    const { workloadName, identity, host } = this;
    const service = [
      workloadName,
      `${workloadName}.${identity.namespace}`,
      `${workloadName}.${identity.namespace}.svc`,
    ];
    return [
      ...[...service, host, `$(${POD_ADDRESS})`, `[$(${POD_ADDRESS})]`].map((name) => `${name}:${PORT}`),
      'localhost:*',
      '127.0.0.1:*',
    ];
  }

  private checkedHosts(hosts: readonly string[]): readonly string[] {
    const wrong = hosts.find((host) => !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$/.test(host));
    if (wrong !== undefined) {
      fail(
        this,
        'hosts',
        'must be names of hosts, with a port or without',
        wrong,
        "write it like 'mlflow.ml.acme.example'",
      );
    }
    return hosts;
  }

  /** What pods of a workload do not have by themselves: their address as a variable, and what runs before they start. */
  private patch(): void {
    const { spec } = this.deployment.toJson() as DeploymentJson;
    const [container] = spec.template.spec.containers;
    const { name: _name, ports: _ports, lifecycle: _lifecycle, ...rest } = container;
    const { startupProbe: _startup, livenessProbe: _liveness, readinessProbe: _readiness, ...alike } = rest;
    const upgrade = {
      ...alike,
      name: 'upgrade-database',
      // the server itself forwards signals to its workers
      command: stoppable(['mlflow', 'db', 'upgrade']),
      args: [BACKEND_STORE],
      env: container.env.filter(({ name }) => /^PG|^HOME$|^PYTHON/.test(name)),
    };
    const address = { name: POD_ADDRESS, valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } };
    this.deployment.addJsonPatch(
      JsonPatch.add('/spec/template/spec/initContainers', [upgrade]),
      // before the variables that name it
      JsonPatch.add('/spec/template/spec/containers/0/env/0', address),
    );
  }
}

const POD_ADDRESS = 'POD_IP';

/** A URL that says nothing but which driver: the rest is in the variables of libpq. */
const BACKEND_STORE = 'postgresql+psycopg2://';

/** Endings of a database's variables, as libpq names them: https://www.postgresql.org/docs/current/libpq-envars.html */
const LIBPQ: { readonly [suffix: string]: string | undefined } = {
  HOST: 'PGHOST',
  PORT: 'PGPORT',
  NAME: 'PGDATABASE',
  SSLMODE: 'PGSSLMODE',
  USERNAME: 'PGUSER',
  PASSWORD: 'PGPASSWORD',
};

interface DeploymentJson {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly ContainerJson[] } } };
}

interface ContainerJson extends Json {
  readonly env: readonly { readonly name: string }[];
}
