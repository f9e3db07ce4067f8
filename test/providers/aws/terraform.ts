import * as fs from 'fs';
import * as path from 'path';
import * as yaml from 'yaml';
import { Environment } from '../../../src/app';
import { ClusterProps, ICluster, Tier } from '../../../src/contracts';
import { AwsProvider, AwsProviderProps } from '../../../src/providers/aws';
import { readStack, StackJson, temporaryApp } from '../../support/synth';

/** Arguments of a Terraform block. */
export type Json = { [key: string]: unknown };

/** What a test wants to see in AWS. */
export interface AwsCase {
  readonly tier?: Tier;
  readonly name?: string;
  readonly region?: string;
  readonly provider?: AwsProviderProps;
  readonly cluster?: ClusterProps;
  readonly contents?: (environment: Environment, cluster: ICluster) => void;
}

/** The output for one AWS environment. */
export class AwsOutput {
  public constructor(
    private readonly folder: string,
    private readonly name: string,
    /** The cluster. */
    public readonly cluster: ICluster,
  ) {}

  /** The stack `<env>-infrastructure`. */
  public get infrastructure(): StackJson {
    return readStack(this.folder, `${this.name}-infrastructure`);
  }

  /** The stack `<env>-bootstrap`. */
  public get bootstrap(): StackJson {
    return readStack(this.folder, `${this.name}-bootstrap`);
  }

  /** The text of the stack `<env>-bootstrap`. */
  public get bootstrapText(): string {
    return fs.readFileSync(
      path.join(this.folder, 'cdktf.out', 'stacks', `${this.name}-bootstrap`, 'cdk.tf.json'),
      'utf8',
    );
  }

  /** The folder with the manifests. */
  public get manifests(): string {
    return path.join(this.folder, 'dist', this.name);
  }

  /** The Kubernetes object of a file below `dist/<env>`. */
  public manifest(file: string): Json {
    return yaml.parse(fs.readFileSync(path.join(this.manifests, file), 'utf8')) as Json;
  }
}

/** Synthesizes one AWS environment with a cluster. */
export function synthAws(given: AwsCase = {}): AwsOutput {
  const { app, folder } = temporaryApp();
  const name = given.name ?? 'production';
  const environment = app.environment(name, {
    provider: AwsProvider.inRegion(given.region ?? 'eu-west-1', { stateBucket: 'acme-tf-state', ...given.provider }),
    tier: given.tier ?? Tier.PRODUCTION,
    tags: { team: 'platform' },
  });
  const cluster = environment.addCluster(given.cluster);
  given.contents?.(environment, cluster);
  app.synth();
  return new AwsOutput(folder, name, cluster);
}

/** All resources of a type, without cdktf's comments. */
export function resources(stack: StackJson, type: string): Json[] {
  return Object.values(stack.resource?.[type] ?? {}).map((resource) => withoutComments(resource) as Json);
}

/** The one resource of a type. */
export function theResource(stack: StackJson, type: string): Json {
  const all = resources(stack, type);
  if (all.length !== 1) throw new Error(`${all.length} resources of type ${type}, expected one`);
  return all[0];
}

/** The one resource of a type whose arguments hold these values. */
export function resourceWith(stack: StackJson, type: string, wanted: Json): Json {
  const all = resources(stack, type).filter((resource) =>
    Object.entries(wanted).every(([key, value]) => JSON.stringify(resource[key]) === JSON.stringify(value)),
  );
  if (all.length !== 1) throw new Error(`${all.length} of ${type} with ${JSON.stringify(wanted)}, expected one`);
  return all[0];
}

/** The managed node groups of a pool, by what their names start with. */
export function nodeGroups(stack: StackJson, pool: string): { readonly [prefix: string]: Json } {
  const ours = resources(stack, 'aws_eks_node_group')
    .map((group) => [String(group.node_group_name_prefix), group] as const)
    .filter(([prefix]) => prefix.replace(/(_[a-z])?-$/, '') === pool);
  return Object.fromEntries(ours);
}

/** The managed node group of a pool, or that of its first zone. */
export function nodeGroup(stack: StackJson, pool: string): Json {
  const [first] = Object.values(nodeGroups(stack, pool));
  if (first === undefined) throw new Error(`there is no node group of ${pool}`);
  return first;
}

/** The statements of a policy document. */
export function statements(policy: unknown): Json[] {
  return (JSON.parse(policy as string) as { Statement: Json[] }).Statement;
}

/** The policy of the role of a ServiceAccount. */
export function policyOf(stack: StackJson, namespace: string, serviceAccount: string): Json[] {
  const association = resourceWith(stack, 'aws_eks_pod_identity_association', {
    namespace,
    service_account: serviceAccount,
  });
  const role = String(association.role_arn).replace(/^\$\{aws_iam_role\.(.*)\.arn\}$/, '$1');
  const policy = resourceWith(stack, 'aws_iam_role_policy', { role: `\${aws_iam_role.${role}.name}` });
  return statements(policy.policy);
}

function withoutComments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutComments);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '//')
      .map(([key, inner]) => [key, withoutComments(inner)]),
  );
}
