import { gateVerdictType } from '../../contracts/gate-verdict';
import { ImageSigner } from '../../contracts/image-signer';
import { CheckedDelivery } from './delivery-checks';

/** The script with what the steps have to know of this repository, so that they ask for the same things with and without GitHub. */
export function deliverySettings(delivery: CheckedDelivery, signer: ImageSigner): string {
  const of = delivery.environments.map(
    ({ name, tier, modelUrl, mlflowUrl }) =>
      `  ${quoted(name)})\n${settings(
        {
          TIER: tier,
          GATE_VERDICT_TYPE: gateVerdictType(tier),
          MODEL_URL: modelUrl,
          ...(mlflowUrl === undefined ? {} : { MLFLOW_TRACKING_URI: mlflowUrl }),
        },
        '    ',
      )}    ;;\n`,
  );
  const shared = {
    IMAGE_REPOSITORY: delivery.imageRepository,
    BASE_IMAGE: delivery.baseImage,
    PLATFORM: delivery.platform,
    MODELS_FOLDER: delivery.modelsFolder,
    INFERENCE_NAMESPACE: delivery.namespace,
    DEPLOY_BRANCH: delivery.deployBranch,
    SCANNERS: 'grype trivy',
    ...(signer.issuer === undefined ? {} : { SIGNER_ISSUER: signer.issuer }),
    ...(signer.subject === undefined ? {} : { SIGNER_SUBJECT: signer.subject }),
    ...(delivery.signingKeyUri === undefined ? {} : { SIGNING_KEY: delivery.signingKeyUri }),
  };
  return [
    '# Written by ModelDeliveryWorkflow: what is the same in every run. A variable that is set wins.\n',
    '# shellcheck shell=bash\n',
    settings(shared, ''),
    // a path beside the scripts, wherever the repository is
    signer.publicKey === undefined ? '' : 'setting VERIFICATION_KEY "$SCRIPTS/cosign.pub"\n',
    `case "\${ENVIRONMENT:-}" in\n${of.join('')}`,
    "  '') ;;\n",
    `  *)\n    echo "there is no environment $ENVIRONMENT; there are ${delivery.environments.map(({ name }) => name).join(', ')}" >&2\n    exit 2\n    ;;\nesac\n`,
  ].join('');
}

function settings(values: { readonly [name: string]: string }, indent: string): string {
  return Object.entries(values)
    .map(([name, value]) => `${indent}setting ${name} ${quoted(value)}\n`)
    .join('');
}

function quoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}
