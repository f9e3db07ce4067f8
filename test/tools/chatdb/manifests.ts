import { PlatformTemplate } from 'ml-platform-constructs';

import { chatDb } from '../../../examples/chatdb/platform';
import { KafkaTestUser } from '../kafka';

interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number };
}

interface Container {
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentVariable[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A Job, or what a CronJob makes. */
export interface JobSpec {
  readonly template: {
    readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
    readonly spec: { readonly containers: readonly Container[] };
  };
}

interface Workload {
  readonly metadata: Metadata;
  readonly spec: JobSpec;
}

export interface CronJob {
  readonly metadata: Metadata;
  readonly spec: { readonly jobTemplate: { readonly spec: JobSpec } };
}

interface KafkaUser {
  readonly metadata: Metadata;
  readonly spec: { readonly authorization: { readonly acls: KafkaTestUser['acls'] } };
}

interface KafkaTopic {
  readonly spec: { readonly topicName: string; readonly partitions: number };
}

interface ExternalSecret {
  readonly metadata: Metadata;
  readonly spec: { readonly target: { readonly name: string; readonly template: { readonly data: SecretData } } };
}

interface ClusterExternalSecret {
  readonly spec: {
    readonly externalSecretName: string;
    readonly externalSecretSpec: {
      readonly data: readonly {
        readonly secretKey: string;
        readonly remoteRef: { readonly key: string; readonly property: string };
      }[];
    };
  };
}

interface PostgresCluster {
  readonly spec: {
    readonly bootstrap: { readonly initdb: { readonly database: string; readonly owner: string } };
    readonly managed: {
      readonly roles: readonly { readonly name: string; readonly createdb: boolean; readonly createrole: boolean }[];
    };
  };
}

type SecretData = Readonly<Record<string, string>>;

/** What is read of the objects of each kind. */
interface Kinds {
  readonly Deployment: Workload;
  readonly Job: Workload;
  readonly CronJob: CronJob;
  readonly Service: {
    readonly metadata: Metadata;
    readonly spec: { readonly ports: readonly { readonly name: string; readonly port: number }[] };
  };
  readonly ConfigMap: { readonly data: SecretData };
  readonly Certificate: { readonly spec: { readonly dnsNames: readonly string[] } };
  readonly KafkaTopic: KafkaTopic;
  readonly KafkaUser: KafkaUser;
  readonly ExternalSecret: ExternalSecret;
  readonly ClusterExternalSecret: ClusterExternalSecret;
  readonly 'Cluster.postgresql.cnpg.io': PostgresCluster;
}

/** Secrets by name. Those of the example are in two namespaces, and no name is in both. */
export type Secrets = Readonly<Record<string, SecretData>>;

const NAMESPACES: readonly string[] = ['chatdb-services', 'chatdb-testing'];
const WAVE = 'argocd.argoproj.io/sync-wave';
const NAME = 'app.kubernetes.io/name';

/** The example as it is synthesized for a laptop. */
export class Manifests {
  private readonly template = PlatformTemplate.fromApp(chatDb({ environments: ['local'] }), 'local');

  /** The services: what starts when those before are ready. */
  public readonly startOrder: readonly (readonly string[])[];

  public constructor() {
    const deployments = this.workloads('Deployment');
    const waves = [...new Set(deployments.map(waveOf))].sort((one, other) => one - other);
    this.startOrder = waves.map((wave) => deployments.filter((one) => waveOf(one) === wave).map(nameOf));
  }

  public get services(): string[] {
    return this.startOrder.flat();
  }

  /** Services that have a database on PostgreSQL. */
  public get servicesWithDatabase(): string[] {
    return this.services.filter((service) => this.variables(service).some(({ name }) => name === 'POSTGRES_NAME'));
  }

  /** What a service, or the program of a Job, finds in its environment, but for what comes of the fields of its pod. */
  public environmentOf(program: string, secrets: Secrets): Record<string, string> {
    return environmentOf(this.variables(program), secrets);
  }

  /** The value of a variable that is written out. */
  public value(program: string, variable: string): string {
    const found = this.variables(program).find(({ name }) => name === variable)?.value;
    if (found === undefined) throw new Error(`${program} has no ${variable}`);
    return found;
  }

  /** Where the kubelet asks. */
  public probe(service: string, kind: 'livenessProbe' | 'readinessProbe'): Probe['httpGet'] {
    return this.container(service)[kind].httpGet;
  }

  /** The arguments of a service's program. */
  public args(service: string): readonly string[] {
    return this.container(service).args ?? [];
  }

  /** Where others reach a service: `host:port`. */
  public address(service: string): string {
    const { metadata, spec } = this.only('Service', service);
    const port = spec.ports.find(({ name }) => name === 'http')?.port;
    return `${service}.${metadata.namespace}.svc.cluster.local:${port}`;
  }

  /** The files of a ConfigMap. */
  public files(configMap: string): SecretData {
    return this.only('ConfigMap', configMap).data;
  }

  /** The names of a certificate. */
  public certificateNames(certificate: string): readonly string[] {
    const { spec } = this.only('Certificate', certificate);
    return spec.dnsNames;
  }

  /** The template of the Jobs that train. */
  public get training(): CronJob {
    return this.only('CronJob', 'train-model');
  }

  public get topics(): { readonly name: string; readonly partitions: number }[] {
    return this.all('KafkaTopic').map(({ spec }) => ({
      name: spec.topicName,
      partitions: spec.partitions,
    }));
  }

  /** The users of Kafka, with what they may do, and with their passwords. */
  public busUsers(secrets: Secrets): KafkaTestUser[] {
    return this.all('KafkaUser').map(({ metadata: { name }, spec }) => {
      const secret = Object.values(secrets).find(({ username }) => username === name);
      if (secret === undefined) throw new Error(`no Secret is of ${name}`);
      return { name, password: secret.password, acls: spec.authorization.acls };
    });
  }

  /** What CloudNativePG is told to make: a database with its owner. */
  public get postgres(): { readonly database: string; readonly owner: string; readonly rights: readonly string[] } {
    const { bootstrap, managed } = this.only('Cluster.postgresql.cnpg.io', 'postgres').spec;
    const role = managed.roles.find(({ name }) => name === bootstrap.initdb.owner);
    const rights = { login: true, createdb: role?.createdb, createrole: role?.createrole };
    return {
      ...bootstrap.initdb,
      rights: Object.entries(rights).flatMap(([right, has]) => (has === true ? right : [])),
    };
  }

  /** The users of PostgreSQL by Secret, as the pod finds them that makes them. */
  public databaseUsers(secrets: Secrets): Map<string, string> {
    const users = this.files('postgres-users')['users.txt'].trim().split('\n');
    return new Map(
      users.map((user) => {
        const secret = Object.values(secrets).find(({ username }) => username === user);
        if (secret === undefined) throw new Error(`no Secret is of ${user}`);
        return [user, secret.password];
      }),
    );
  }

  /**
   * The Secrets that External Secrets makes in the namespaces of the services, and those that are there already.
   *
   * @param password generates one for a Secret
   * @param given Secrets that others make
   */
  public secrets(password: (secret: string) => string, given: Secrets): Secrets {
    const made = this.all('ExternalSecret').flatMap(({ spec: { target } }) => {
      if (target.template?.data === undefined) return [];
      const own = password(target.name);
      const data = Object.entries(target.template.data);
      return [
        [target.name, Object.fromEntries(data.map(([key, text]) => [key, text.replace('{{ .password }}', own)]))],
      ];
    });
    const sources: Secrets = { ...Object.fromEntries(made), ...given };
    const delivered = this.all('ClusterExternalSecret').flatMap(({ spec }) => {
      const { data } = spec.externalSecretSpec;
      // those of the platform have sources that no test has
      if (data === undefined || data.some(({ remoteRef }) => !(remoteRef.key in sources))) return [];
      const values = data.map(({ secretKey, remoteRef: { key, property } }) => [secretKey, sources[key][property]]);
      return [[spec.externalSecretName, Object.fromEntries(values) as SecretData]];
    });
    return { ...(Object.fromEntries(delivered) as Secrets), ...given };
  }

  private variables(program: string): readonly EnvironmentVariable[] {
    return this.container(program).env ?? [];
  }

  private container(program: string): Container {
    const all = [...this.workloads('Deployment'), ...this.workloads('Job')];
    const jobs = this.all('CronJob').map(({ metadata, spec }) => ({ metadata, spec: spec.jobTemplate.spec }));
    const found = [...all, ...jobs].find((one) => nameOf(one) === program);
    if (found === undefined) throw new Error(`there is no ${program}`);
    return found.spec.template.spec.containers[0];
  }

  private workloads(kind: 'Deployment' | 'Job'): Workload[] {
    return this.all(kind).filter(({ metadata }) => NAMESPACES.includes(metadata.namespace));
  }

  private all<K extends keyof Kinds>(kind: K): Kinds[K][] {
    return Object.values(this.template.findObjects(kind)) as unknown as Kinds[K][];
  }

  private only<K extends keyof Kinds>(kind: K, name: string): Kinds[K] {
    const found = Object.values(this.template.findObjects(kind, { metadata: { name } }));
    if (found.length !== 1) throw new Error(`there are ${found.length} of ${kind} ${name}`);
    return found[0] as unknown as Kinds[K];
  }
}

/** What the program of a Job finds in its environment. */
export function environmentOfJob(name: string, { template }: JobSpec, secrets: Secrets): Record<string, string> {
  const fields: Record<string, string> = { "metadata.labels['batch.kubernetes.io/job-name']": name };
  for (const [key, text] of Object.entries(template.metadata.annotations))
    fields[`metadata.annotations['${key}']`] = text;
  return environmentOf(template.spec.containers[0].env ?? [], secrets, fields);
}

function environmentOf(
  variables: readonly EnvironmentVariable[],
  secrets: Secrets,
  fields: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const values = variables.map(({ name, value, valueFrom }) => {
    const { secretKeyRef: secret, fieldRef } = valueFrom ?? {};
    const found = value ?? (secret ? secrets[secret.name]?.[secret.key] : fields[fieldRef?.fieldPath ?? '']);
    if (found === undefined && secret) throw new Error(`no Secret ${secret.name} has ${secret.key}, for ${name}`);
    return [name, found ?? ''];
  });
  return Object.fromEntries(values) as Record<string, string>;
}

const nameOf = ({ metadata }: { readonly metadata: Metadata }): string => metadata.labels[NAME];
const waveOf = ({ metadata }: { readonly metadata: Metadata }): number => Number(metadata.annotations[WAVE]);
