import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-28';
import { Construct, IConstruct } from 'constructs';
import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { kyverno, KYVERNO_ROLE_LABEL, VERIFIED_IMAGES } from '../../components/kyverno';
import { checked } from '../../contracts/checked';
import { ComponentRegistry } from '../../contracts/component-registry';
import { checkReferences, environmentOf, onePerEnvironment } from '../../contracts/environment-scope';
import { fail } from '../../contracts/errors';
import { pinnedImage } from '../../contracts/image-reference';
import { checkSigners, ImageSigner } from '../../contracts/image-signer';
import { dnsLabel } from '../../contracts/names';
import { INamespace, namespaceNameOf } from '../../contracts/namespace';
import { isHighlyAvailable } from '../../contracts/tier';
import { Monitoring } from '../../constructs/monitoring';
import { mergedPolicies, policiesOfTier } from '../model-deployment/gate';
import { ModelPolicies } from '../model-deployment/settings';
import { BREAK_GLASS_VERB } from './break-glass';
import { BreakGlassAlert } from './break-glass-alert';
import { ModelPolicyConstraint } from './model-policy-constraint';
import { deploymentPolicy, ImageVerification, podPolicy } from './image-policies';

/** Options of the admission of models. */
export interface ModelAdmissionProps {
  /** The namespaces that models are served in. */
  readonly namespaces: INamespace[];
  /** Who signs the images of models, and what is attested of them. */
  readonly signers: ImageSigner[];
  /**
   * What the policy gate asks of a manifest, over the bounds of the environment's tier.
   *
   * @default - the bounds of the tier
   */
  readonly modelPolicies?: ModelPolicies;
  /**
   * Images that pods of the platform run in these namespaces beside models, which nothing verifies.
   *
   * @default - none: every image of a pod is one of a model
   */
  readonly platformImages?: string[];
  /**
   * Name of a Secret in the namespace `kyverno`, of type `kubernetes.io/dockerconfigjson`, by which Kyverno reads the registry.
   *
   * @default - by the identity of its pods where the cloud has one, or without credentials
   */
  readonly registrySecretName?: string;
  /**
   * Whether the registry is read over HTTP. Not in staging and production.
   *
   * @default false
   */
  readonly insecureRegistry?: boolean;
  /**
   * Group of the identity provider whose members may have a model of these namespaces served past the policies, for a day at most.
   *
   * @default - nobody may
   */
  readonly breakGlassGroup?: string;
}

/**
 * What the API server asks before a model is served, in the namespaces of models: Kyverno verifies that the image of each ModelDeployment is
 * signed and that the gate's verdict on its model is attested of it, with the metrics, fairness, drift, dependencies and checksum that the manifest
 * has; and that pods run such images and no others. Gatekeeper asks the gate itself.
 *
 * Both fail closed, and see ModelDeployments and pods of these namespaces only: without them no model is changed and no pod of a model begins, and
 * the rest of the cluster goes on.
 *
 * Members of `breakGlassGroup` may have a model served past the policies, by annotations of it; an alert tells of it as long as it has them.
 * PlatformPolicies, which environments with these kinds have, says who may set them. One per environment.
 *
 * @example
 * const inference = new Namespace(chart, 'ml-inference');
 * const subject = 'https://github.com/acme/models/.github/workflows/model-delivery.yaml@refs/heads/main';
 * new ModelAdmission(chart, 'model-admission', {
 *   namespaces: [inference],
 *   signers: [{ issuer: 'https://token.actions.githubusercontent.com', subject }],
 *   breakGlassGroup: 'acme:ml-on-call',
 * });
 */
@checked('ModelAdmission')
export class ModelAdmission extends Construct {
  /**
   * @throws InvalidInputError when a namespace is missing or given twice, a signer is none or anybody, an image is not pinned, the group is one
   * of Kubernetes, or the registry is read over HTTP in staging or production
   */
  public constructor(scope: Construct, id: string, props: ModelAdmissionProps) {
    onePerEnvironment(scope, id, 'ModelAdmission');
    super(scope, id);
    checkReferences(this, props);
    const names = props.namespaces.map((one, at) => namespaceNameOf(this, one, `namespaces[${at}]`));
    if (names.length === 0 || new Set(names).size < names.length) {
      fail(this, 'namespaces', 'must be one namespace or more, each once', names, 'name the namespaces of models');
    }
    const verification = this.verification(props);
    const registry = ComponentRegistry.of(this);
    new ModelPolicyConstraint(this, 'policies', {
      policies: mergedPolicies(policiesOfTier(environmentOf(this).tier), props.modelPolicies),
    });
    registry.require(kyverno());
    for (const namespace of props.namespaces) namespace.addLabel(VERIFIED_IMAGES.key, VERIFIED_IMAGES.value);
    this.reader();
    this.imagePolicy('model-deployments', deploymentPolicy(verification));
    this.imagePolicy('model-pods', podPolicy(verification));
    if (props.breakGlassGroup !== undefined) this.breakGlass(checkGroup(this, props.breakGlassGroup), names);
    const monitoring = Monitoring._find(this);
    if (monitoring) new BreakGlassAlert(this, 'break-glass-alert', { namespaceName: monitoring.namespaceName });
  }

  private verification(props: ModelAdmissionProps): ImageVerification {
    const { signers, platformImages = [], registrySecretName, insecureRegistry = false } = props;
    const { tier } = environmentOf(this);
    checkSigners(this, 'signers', signers);
    platformImages.forEach((image, at) => pinnedImage(this, `platformImages[${at}]`, image));
    if (registrySecretName !== undefined) dnsLabel(this, 'registrySecretName', registrySecretName);
    if (insecureRegistry && isHighlyAvailable(tier)) {
      const fix = 'give the registry a certificate; over HTTP anyone on the way answers for it';
      fail(this, 'insecureRegistry', 'must be false in staging and production', insecureRegistry, fix);
    }
    return { signers, tier, platformImages, registrySecretName, insecureRegistry };
  }

  private imagePolicy(name: string, spec: { readonly [key: string]: unknown }): void {
    new ApiObject(this, name, {
      apiVersion: 'policies.kyverno.io/v1',
      kind: 'ImageValidatingPolicy',
      metadata: { name },
      spec,
    });
  }

  /** Kyverno asks which ModelDeployment a pod is of. */
  private reader(): void {
    new k8s.KubeClusterRole(this, 'Reader', {
      metadata: { name: 'kyverno:model-deployments', labels: { [KYVERNO_ROLE_LABEL]: 'true' } },
      rules: [{ apiGroups: [MODEL_DEPLOYMENT.group], resources: [MODEL_DEPLOYMENT.plural], verbs: ['get'] }],
    });
  }

  private breakGlass(group: string, namespaces: readonly string[]): void {
    const name = 'model-break-glass';
    new k8s.KubeClusterRole(this, 'BreakGlass', {
      metadata: { name },
      rules: [
        {
          apiGroups: [MODEL_DEPLOYMENT.group],
          resources: [MODEL_DEPLOYMENT.plural],
          verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', BREAK_GLASS_VERB],
        },
      ],
    });
    for (const namespace of namespaces) {
      new k8s.KubeRoleBinding(this, `BreakGlass-${namespace}`, {
        metadata: { name, namespace },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
      });
    }
  }
}

/** Refuses a group that is everybody, or one of Kubernetes itself. */
function checkGroup(where: IConstruct, name: string): string {
  if (name.trim() === '' || name.startsWith('system:')) {
    const fix = 'name a group of your own; those that start with system: are built in';
    fail(where, 'breakGlassGroup', 'must be a group of the identity provider', name, fix);
  }
  return name;
}
