import { Construct } from 'constructs';
import { checked } from '../../contracts/checked';
import { fail } from '../../contracts/errors';
import { ImageSigner } from '../../contracts/image-signer';
import { dnsLabel } from '../../contracts/names';
import { ArgoCdApplication } from '../argo-cd-application';
import { addOutputFolder } from '../output-folder';
import { CheckedDelivery, checkDelivery } from './delivery-checks';
import { deliverySettings } from './delivery-settings';
import { deliveryScripts } from './delivery-scripts';
import { deliveryWorkflow } from './delivery-workflow';
import { ModelDeliveryWorkflowProps } from './model-delivery-props';

const ISSUER = 'https://token.actions.githubusercontent.com';

/**
 * The delivery of a repository of models: a workflow of GitHub Actions, and the scripts that it runs, which run without GitHub too. The app writes them into
 * `<manifestsOutdir>/<id>/`, from where they are committed to that repository.
 *
 * A push goes through Gitleaks, validation and the policy gate; the model becomes a layer on the image of the inference service, is listed, scanned, pushed by
 * its digest, signed and attested; then each environment verifies, registers, deploys by a commit to its overlay, and asks for a prediction. What fails leaves
 * the former version serving, and the notification says which step and why.
 *
 * @example
 * new ModelDeliveryWorkflow(app.kubernetes, 'models', {
 *   repository: 'https://github.com/acme/models',
 *   imageRepository: 'ghcr.io/acme/models',
 *   baseImage: `ghcr.io/acme/inference@sha256:${'0'.repeat(64)}`,
 *   environments: [
 *     { name: 'staging', tier: Tier.STAGING, modelUrl: 'https://{name}--ml-inference.staging.acme.example' },
 *     { name: 'production', tier: Tier.PRODUCTION, modelUrl: 'https://{name}--ml-inference.acme.example' },
 *   ],
 *   slackWebhookSecretName: 'SLACK_WEBHOOK_URL',
 * });
 */
@checked('ModelDeliveryWorkflow')
export class ModelDeliveryWorkflow extends Construct {
  /** Who signs the images: what admission and the operator verify them by. */
  public readonly signer: ImageSigner;
  /** Branch with the overlays. */
  public readonly deployBranch: string;
  private readonly delivery: CheckedDelivery;

  /** @throws InvalidInputError when a prop is malformed or two contradict one another */
  public constructor(scope: Construct, id: string, props: ModelDeliveryWorkflowProps) {
    super(scope, dnsLabel('ModelDeliveryWorkflow', 'id', id));
    if (scope.node.scope !== undefined) {
      fail(
        this,
        'scope',
        'must be the app',
        scope.node.path,
        'pass app.kubernetes, since a repository is of no one environment',
      );
    }
    const delivery = checkDelivery(this, props);
    this.delivery = delivery;
    this.deployBranch = delivery.deployBranch;
    this.signer =
      props.publicKey === undefined
        ? {
            issuer: ISSUER,
            subject: `${delivery.repository}/.github/workflows/model-delivery.yaml@refs/heads/${delivery.branch}`,
          }
        : { publicKey: props.publicKey };
    addOutputFolder(
      this,
      () =>
        new Map([
          ['.github/workflows/model-delivery.yaml', deliveryWorkflow(delivery)],
          ...deliveryScripts(),
          ['scripts/settings.sh', deliverySettings(delivery, this.signer)],
          ...(props.publicKey === undefined ? [] : [['scripts/cosign.pub', `${props.publicKey.trim()}\n`] as const]),
        ]),
    );
  }

  /**
   * What Argo CD applies in an environment: the models of its overlay, and nothing but ModelDeployments.
   *
   * @param environmentName name of the environment in the props
   * @throws InvalidInputError when nothing is delivered there
   * @example
   * app.environment('staging', {
   *   provider: KindProvider.local(),
   *   tier: Tier.STAGING,
   *   delivery: Delivery.argoCd({
   *     repository: 'https://github.com/acme/ml-platform',
   *     applications: [delivery.application('staging')],
   *   }),
   * });
   */
  public application(environmentName: string): ArgoCdApplication {
    const { environments, repository, deployBranch, namespace } = this.delivery;
    const environment = environments.find(({ name }) => name === environmentName);
    if (environment === undefined) {
      const names = environments.map(({ name }) => name).join(', ');
      return fail(this, 'environmentName', `must be one of ${names}`, environmentName, 'name one of them');
    }
    return {
      name: this.node.id,
      repository,
      revision: deployBranch,
      path: `deploy/overlays/${environmentName}`,
      namespace,
      kinds: ['ModelDeployment.mlifecycle.io'],
      tier: environment.tier,
    };
  }
}
