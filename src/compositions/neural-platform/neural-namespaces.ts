import { Construct } from 'constructs';
import { k8s } from 'cdk8s-plus-28';
import { checked } from '../../contracts/checked';
import { environmentOf } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { INamespace } from '../../contracts/namespace';
import { Tier } from '../../contracts/tier';
import { Namespace, NamespaceQuota, Team } from '../../constructs/tenancy';
import { ruleSide } from '../../constructs/tenancy/network-rules';

/** Options of the platform's namespaces. */
export interface NeuralNamespacesProps {
  /**
   * Quotas that differ from the table, by namespace.
   *
   * @default - the table
   */
  readonly quotas?: { [namespaceName: string]: NamespaceQuota };
}

/**
 * The namespaces in which the platform's objects live, of the team `neural-platform`:
 *
 * | namespace | what lives there | local | development | staging | production |
 * | --- | --- | --- | --- | --- | --- |
 * | `nstarx-system` | operators, MLflow, monitors and alerts | 4 / 8 | 4 / 8 | 8 / 16 | 16 / 32 |
 * | `ml-models` | AIModels and ABTests | 8 / 16, 4 GPUs | 16 / 64, 4 GPUs | 32 / 128, 8 GPUs | 256 / 1024, 64 GPUs |
 * | `model-serving` | model servers that are no AIModel | 8 / 16, 4 GPUs | 16 / 64, 4 GPUs | 32 / 128, 8 GPUs | 256 / 1024, 64 GPUs |
 * | `data-processing` | DataPipelines | 8 / 32 | 16 / 64 | 64 / 256 | 256 / 1024 |
 * | `ml-workflows` | MLWorkflows | 8 / 32, 4 GPUs | 16 / 128, 4 GPUs | 64 / 512, 16 GPUs | 256 / 2048, 64 GPUs |
 * | `feature-stores` | FeatureStores | 6 / 16 | 8 / 16 | 16 / 32 | 64 / 256 |
 * | `user-data` | preferences of users | 1 / 1 | 1 / 1 | 1 / 1 | 1 / 1 |
 *
 * (cores / GiB of memory, as requests, by the environment's tier). All enforce Pod Security `restricted` and deny every connection but DNS; Prometheus may
 * reach the ports named `metrics`. AIZones are cluster-scoped and have no namespace.
 *
 * Made by `NeuralPlatform`: its property `namespaces`.
 *
 * @example
 * const neural = new NeuralPlatform(environment, 'neural', { domain: 'ml.acme.example' });
 * const namespace = neural.namespaces.models;
 */
@checked('NeuralNamespaces')
export class NeuralNamespaces extends Construct {
  /** The team that the namespaces belong to. */
  public readonly team: Team;
  /** Namespace `nstarx-system`. */
  public readonly system: Namespace;
  /** Namespace `ml-models`. */
  public readonly models: Namespace;
  /** Namespace `model-serving`. */
  public readonly serving: Namespace;
  /** Namespace `data-processing`. */
  public readonly data: Namespace;
  /** Namespace `ml-workflows`. */
  public readonly workflows: Namespace;
  /** Namespace `feature-stores`. */
  public readonly features: Namespace;
  /** Namespace `user-data`. */
  public readonly users: Namespace;

  /** @throws InvalidInputError when a quota is for none of the namespaces, or the scope is in no environment */
  public constructor(scope: Construct, id: string, props: NeuralNamespacesProps = {}) {
    super(scope, id);
    const { tier } = environmentOf(this);
    const unknown = Object.keys(props.quotas ?? {}).filter((name) => !(name in SIZES));
    if (unknown.length > 0) {
      fail(this, 'quotas', `must be for ${Object.keys(SIZES).join(', ')}`, unknown, 'make other namespaces with Team');
    }
    this.team = new Team(this, 'neural-platform');
    const make = (name: string): Namespace => {
      const namespace = this.team.addNamespace(name, {
        quota: props.quotas?.[name] ?? standardQuota(name, tier),
      });
      this._permitScraping(namespace);
      return namespace;
    };
    this.system = make('nstarx-system');
    this.models = make('ml-models');
    this.serving = make('model-serving');
    this.data = make('data-processing');
    this.workflows = make('ml-workflows');
    this.features = make('feature-stores');
    this.users = make('user-data');
  }

  /** The namespaces. */
  public get all(): Namespace[] {
    return [this.system, this.models, this.serving, this.data, this.workflows, this.features, this.users];
  }

  /**
   * Lets Prometheus reach ports named `metrics`. What the engines make is not known at synthesis, but how their ports with metrics
   * are named is.
   *
   * @internal
   */
  public _permitScraping({ namespaceName, scraper }: INamespace): void {
    if (!scraper) return;
    new k8s.KubeNetworkPolicy(this, `scraping-${namespaceName}`, {
      metadata: { name: 'metrics-scraping', namespace: namespaceName },
      spec: {
        podSelector: {},
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: ruleSide(scraper),
            ports: [{ port: k8s.IntOrString.fromString('metrics'), protocol: 'TCP' }],
          },
        ],
      },
    });
  }
}

/** Cores, GiB of memory and GPUs. */
type Size = readonly [cores: number, memoryGiB: number, gpus: number];
type Sizes = { readonly [tier in Tier]: Size };

const SERVING: Sizes = {
  local: [8, 16, 4],
  development: [16, 64, 4],
  staging: [32, 128, 8],
  production: [256, 1024, 64],
};

const SIZES: { readonly [namespaceName: string]: Sizes } = {
  'nstarx-system': { local: [4, 8, 0], development: [4, 8, 0], staging: [8, 16, 0], production: [16, 32, 0] },
  'ml-models': SERVING,
  'model-serving': SERVING,
  'data-processing': {
    local: [8, 32, 0],
    development: [16, 64, 0],
    staging: [64, 256, 0],
    production: [256, 1024, 0],
  },
  'ml-workflows': {
    local: [8, 32, 4],
    development: [16, 128, 4],
    staging: [64, 512, 16],
    production: [256, 2048, 64],
  },
  'feature-stores': { local: [6, 16, 0], development: [8, 16, 0], staging: [16, 32, 0], production: [64, 256, 0] },
  'user-data': { local: [1, 1, 0], development: [1, 1, 0], staging: [1, 1, 0], production: [1, 1, 0] },
};

const PODS: { readonly [tier in Tier]: number } = { local: 50, development: 100, staging: 200, production: 1000 };

/** The quota of one of the namespaces in environments of a tier. */
export function standardQuota(name: string, tier: Tier): NamespaceQuota {
  const [cores, memoryGiB, gpus] = SIZES[name][tier];
  const size = { cpu: String(cores), memory: `${memoryGiB}Gi`, gpus };
  // one ConfigMap for each user, and hardly any pods
  if (name === 'user-data') return { ...size, pods: 5, storage: '0Gi', extra: { configmaps: '100000' } };
  return { ...size, pods: PODS[tier], storage: `${memoryGiB * 10}Gi` };
}
