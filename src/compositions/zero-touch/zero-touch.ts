import { Chart } from 'cdk8s';
import { Construct, IConstruct } from 'constructs';
import { PlatformCrds } from '../../api';
import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { Environment } from '../../app/environment';
import { checked } from '../../contracts/checked';
import { ICluster } from '../../contracts/cluster';
import { onePerEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { pinnedImage } from '../../contracts/image-reference';
import { checkSigners, ImageSigner } from '../../contracts/image-signer';
import { INamespace } from '../../contracts/namespace';
import { serverUrl } from '../../contracts/server-url';
import { isHighlyAvailable } from '../../contracts/tier';
import { MlflowServer } from '../../constructs/tracking';
import { NeuralPriorityClasses } from '../../constructs/scheduling';
import { NamespaceQuota, Team } from '../../constructs/tenancy';
import { ModelAdmission } from '../../kinds/governance/model-admission';
import { ModelPolicyConstraint } from '../../kinds/governance/model-policy-constraint';
import { Personas, TenantPersonas } from '../../kinds/governance/personas';
import { PlatformPolicies } from '../../kinds/governance/platform-policies';
import { LakeFolders } from '../../kinds/lake-folders';
import { PlatformMonitors } from '../../kinds/metrics/monitoring';
import { MODEL_DEPLOYMENT_OPERATOR } from '../../kinds/model-deployment/operator';
import { mergedPolicies, policiesOfTier } from '../../kinds/model-deployment/gate';
import { checkPolicies } from '../../kinds/model-deployment/policies';
import { DEPLOYMENT_IMAGES, ModelPolicies } from '../../kinds/model-deployment/settings';
import { MODEL_DEPLOYMENT_SIZES } from '../../kinds/model-deployment/sizes';
import { OperatorSettings } from '../../kinds/operators/operator-settings';
import { DataPlatform } from '../data-platform';
import { foundationOf, PlatformFoundationProps } from '../data-platform/foundation';
import { standardQuota } from '../neural-platform/neural-namespaces';
import { addOperators, keepDefinitions, oneModelOperator, platformSettings } from '../operators/operators';
import { InferenceNamespace } from './inference-namespace';

/** Options of the zero-touch deployment of models. */
export interface ZeroTouchProps extends PlatformFoundationProps {
  /**
   * Who signs the images of models and what is attested of them: `ModelDeliveryWorkflow.signer`. An image that none of them has signed, or of
   * which none has attested the verdict of the policy gate, is neither admitted nor deployed.
   *
   * @default - images are not verified; in staging and production they must be
   */
  readonly signers?: ImageSigner[];
  /**
   * What the policy gate asks of a manifest, over the bounds of the environment's tier in `policies/bounds/`.
   *
   * @default - the bounds of the tier
   */
  readonly modelPolicies?: ModelPolicies;
  /**
   * Quota of `ml-inference`.
   *
   * @default - by tier: room for some models with as many replicas as they may have
   */
  readonly quota?: NamespaceQuota;
  /**
   * Name of a Secret of type `kubernetes.io/dockerconfigjson`, in `ml-inference` and in `kyverno`, by which images are pulled and verified.
   *
   * @default - the nodes and pods have an identity that may read the registry, or anybody may
   */
  readonly registrySecretName?: string;
  /**
   * Group of the identity provider whose members may have a model served past the policies, for a day at most.
   *
   * @default - nobody may
   */
  readonly breakGlassGroup?: string;
  /**
   * URL of an MLflow that is there already, in which models are registered. The platform then installs none.
   *
   * @default - the platform's own
   */
  readonly mlflowUrl?: string;
  /**
   * Image of the hook server; operators/Dockerfile builds it.
   *
   * @default - that of this version of the library
   */
  readonly operatorsImage?: string;
  /**
   * How much the operator logs: `debug`, `info`, `warn` or `error`.
   *
   * @default 'info'
   */
  readonly logLevel?: string;
  /**
   * Group of the identity provider whose members administer the platform's kinds.
   *
   * @default 'platform-admins'
   */
  readonly platformAdminGroup?: string;
}

/**
 * The zero-touch deployment of models: from a manifest that is pushed to a model that is served, with nobody in between. It is the cluster's half; the
 * repository's is `ModelDeliveryWorkflow`.
 *
 * A ModelDeployment in `ml-inference` is admitted when its image is signed and the gate's verdict on it attested, and when it keeps the policies; the
 * operator asks the gate again, verifies the image, registers the model in MLflow, deploys it, and goes back to the former version when the new one fails.
 *
 * It stands on the environment's DataPlatform, which must come before it; where there is none, it makes one. That DataPlatform must have its bucket for
 * models and data, its monitoring, and for its MLflow its database. An environment with a NeuralPlatform has the operator of ModelDeployments already, and
 * cannot have this.
 *
 * It runs unchanged on every provider. One per environment.
 *
 * @example
 * const delivery = new ModelDeliveryWorkflow(app.kubernetes, 'models', {
 *   repository: 'https://github.com/acme/models',
 *   imageRepository: 'ghcr.io/acme/models',
 *   baseImage: `ghcr.io/acme/inference@sha256:${'0'.repeat(64)}`,
 *   environments: [
 *     { name: 'production', tier: Tier.PRODUCTION, modelUrl: 'https://{name}--ml-inference.ml.acme.example' },
 *   ],
 * });
 * const production = app.environment('production', {
 *   provider: AwsProvider.inRegion('eu-west-1', { account: '111122223333', stateBucket: 'acme-tf-state' }),
 *   tier: Tier.PRODUCTION,
 * });
 * new ZeroTouch(production, 'zero-touch', { domain: 'ml.acme.example', signers: [delivery.signer] });
 */
@checked('ZeroTouch')
export class ZeroTouch extends Construct {
  /** The platform that it stands on: cluster, database, bucket, gateway, monitoring, security. */
  public readonly dataPlatform: DataPlatform;
  /** Which pods go first. */
  public readonly priorities: NeuralPriorityClasses;
  /** What data scientists, ML engineers, model reviewers and administrators may do with models. */
  public readonly personas: Personas;
  /** The namespace `ml-inference`, in which models are served. */
  public readonly namespace: INamespace;
  /** URL of MLflow in the cluster. */
  public readonly mlflowUrl: string;
  /** The operator: Metacontroller's controller, the hook server, its certificates, roles and alerts, as objects of Kubernetes. */
  public readonly operators: IConstruct;

  /**
   * @throws InvalidInputError when the environment has a ZeroTouch or a NeuralPlatform already, or a cluster but no DataPlatform, the DataPlatform
   * lacks what this needs, images are not verified in staging or production, or a prop is wrong
   */
  public constructor(scope: Environment, id: string, props: ZeroTouchProps = {}) {
    onePerEnvironment(scope, id, 'ZeroTouch');
    oneModelOperator(scope, id);
    super(scope, id);
    this.checkProps(scope, props);
    const tracked = props.mlflowUrl === undefined ? (['database'] as const) : [];
    this.dataPlatform = foundationOf(this, scope, props, ['artifactBucket', 'monitoring', ...tracked]);
    const { gateway, artifactBucket } = this.dataPlatform;

    keepDefinitions(new PlatformCrds(this.chart('crds'), 'crds', { kinds: [MODEL_DEPLOYMENT.kind] }));
    this.priorities = new NeuralPriorityClasses(this.chart('priorities'), 'priorities');
    const system = new Team(this.chart('namespaces'), 'zero-touch').addNamespace(SYSTEM, {
      quota: standardQuota(SYSTEM, scope.tier),
    });
    const inference = new InferenceNamespace(this.chart('inference'), 'inference', {
      gateway,
      models: artifactBucket,
      quota: props.quota,
      registrySecretName: props.registrySecretName,
    });
    this.namespace = inference.namespace;
    this.mlflowUrl = props.mlflowUrl ?? this.mlflow(system);
    new PlatformMonitors(this.chart('observability'), 'monitors', { namespace: system });

    const governance = this.chart('governance');
    const lake = new LakeFolders(artifactBucket.bucketName, {});
    new PlatformPolicies(governance, 'policies', { gateway, lake, kinds: [MODEL_DEPLOYMENT] });
    this.personas = new Personas(governance, 'personas', { platformAdminGroup: props.platformAdminGroup });
    new TenantPersonas(governance, 'ml-inference', { personas: this.personas, namespaces: [this.namespace] });
    this.admission(scope, props);

    this.operators = addOperators(this.chart('operators'), {
      environment: scope,
      platform: this.dataPlatform,
      namespace: system,
      lake,
      settings: this.settings(scope, props, inference, system),
      operators: [MODEL_DEPLOYMENT_OPERATOR.name],
      image: props.operatorsImage,
      logLevel: props.logLevel,
    });
  }

  /** The environment's cluster. */
  public get cluster(): ICluster {
    return this.dataPlatform.cluster;
  }

  private checkProps(scope: Environment, props: ZeroTouchProps): void {
    const { signers, modelPolicies, breakGlassGroup, mlflowUrl, operatorsImage } = props;
    if (signers === undefined && isHighlyAvailable(scope.tier)) {
      const fix = 'give [delivery.signer] of the ModelDeliveryWorkflow';
      fail(this, 'signers', 'must be given in staging and production', signers, fix);
    }
    if (signers === undefined && breakGlassGroup !== undefined) {
      fail(this, 'breakGlassGroup', 'must come with signers', breakGlassGroup, 'leave it out: no image is verified');
    }
    if (signers) checkSigners(this, 'signers', signers);
    if (modelPolicies) checkPolicies(this, 'modelPolicies', modelPolicies);
    if (mlflowUrl !== undefined) serverUrl(this, 'mlflowUrl', mlflowUrl, 'http://mlflow.mlflow.svc:5000');
    if (operatorsImage !== undefined) pinnedImage(this, 'operatorsImage', operatorsImage);
  }

  private mlflow(system: INamespace): string {
    const { trackingUri } = new MlflowServer(this.chart('tracking'), 'mlflow', {
      namespace: system,
      database: this.dataPlatform.database,
      store: this.dataPlatform.artifactBucket,
      // which of its pods, the policies there say
      ingress: [{ namespace: this.namespace.namespaceName }],
    });
    return trackingUri;
  }

  /** Where nobody signs, as on a laptop, the gate is asked nevertheless. */
  private admission({ tier }: Environment, props: ZeroTouchProps): void {
    const { signers, modelPolicies, registrySecretName, breakGlassGroup } = props;
    const chart = this.chart('admission');
    if (signers === undefined) {
      new ModelPolicyConstraint(chart, 'policies', { policies: mergedPolicies(policiesOfTier(tier), modelPolicies) });
      return;
    }
    new ModelAdmission(chart, 'admission', {
      namespaces: [this.namespace],
      signers,
      modelPolicies,
      platformImages: Object.values(DEPLOYMENT_IMAGES),
      registrySecretName,
      breakGlassGroup,
    });
  }

  private settings(
    { tier }: Environment,
    { signers, modelPolicies, registrySecretName }: ZeroTouchProps,
    inference: InferenceNamespace,
    system: INamespace,
  ): OperatorSettings {
    return {
      ...platformSettings(this.dataPlatform, system),
      modelDeployment: {
        ...MODEL_DEPLOYMENT_SIZES[tier],
        tier,
        priorityClassName: this.priorities.productionInference,
        ...inference.deploymentSettings,
        mlflowUrl: this.mlflowUrl,
        ...(signers === undefined ? {} : { signers }),
        ...(registrySecretName === undefined ? {} : { registry: { secretName: registrySecretName } }),
        policies: mergedPolicies(policiesOfTier(tier), modelPolicies),
      },
    };
  }

  private chart(id: string): Chart {
    return new Chart(this, id, { disableResourceNameHashes: true });
  }
}

/** Namespace of the operator and of MLflow. */
const SYSTEM = 'nstarx-system';
