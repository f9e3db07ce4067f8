import { CheckedDelivery } from './delivery-checks';
import { ModelDeliveryEnvironment } from './model-delivery-props';

/** Actions by the commit of a release, which stands beside it. */
const ACTIONS = {
  checkout: 'actions/checkout@d23441a48e516b6c34aea4fa41551a30e30af803 # v6.1.0',
  setupNode: 'actions/setup-node@249970729cb0ef3589644e2896645e5dc5ba9c38 # v6.5.0',
  upload: 'actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1',
  download: 'actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1',
  aws: 'aws-actions/configure-aws-credentials@8df5847569e6427dd6c4fb1cf565c83acfa8afa7 # v6.0.0',
} as const;

const RUNNER = 'ubuntu-latest';

const GUARDED_IMAGES = `    # with the password of the registry
    environment: images
`;

/**
 * The workflow, as text: beside each action stands its version, and beside each right its reason, which Dependabot and readers look for. All that comes from
 * props was held to patterns before that have no quotes.
 */
export function deliveryWorkflow(delivery: CheckedDelivery): string {
  const { branch, modelsFolder, environments } = delivery;
  const deploys = environments.map((environment, at) => deployJob(delivery, environment, environments[at - 1]));
  return [
    `# Written by ModelDeliveryWorkflow: change its props rather than this file.
name: Model delivery

on:
  push:
    branches: ['${branch}']
    paths: ['${modelsFolder}/**']
  pull_request:
    branches: ['${branch}']
    paths: ['${modelsFolder}/**']
  workflow_dispatch:
    inputs:
      manifest:
        description: Path of the ModelDeployment to deliver
        required: true
        type: string

permissions:
  contents: read

# pushes do not wait for one another: each delivers what it changed. A later commit to a pull request is the one that counts
concurrency:
  group: model-delivery-\${{ github.event.pull_request.number || github.run_id }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}

jobs:
`,
    changesJob(),
    checkJob(environments[0]),
    imageJob(delivery),
    ...deploys,
    notifyJob(delivery),
  ].join('');
}

function changesJob(): string {
  return `  changes:
    name: No secrets, and which models changed
    runs-on: ${RUNNER}
    timeout-minutes: 15
    outputs:
      deliveries: \${{ steps.changed.outputs.deliveries }}
    env:
      BEFORE: \${{ github.event.pull_request.base.sha || github.event.before }}
    steps:
${checkout({ history: true })}${tools('gitleaks')}${run('secrets')}      - id: changed
        run: bash scripts/changed.sh
        env:
          MANIFEST: \${{ inputs.manifest }}
${failures('changes')}
`;
}

function checkJob(first: ModelDeliveryEnvironment): string {
  return `  check:
    name: Validate and gate, \${{ matrix.delivery.manifest }}
    needs: changes
    if: needs.changes.outputs.deliveries != '[]'
    runs-on: ${RUNNER}
    timeout-minutes: 15
${matrix()}${environmentOf(first)}    steps:
${checkout({})}${node()}${tools('ml-platform')}${run('validate')}${run('gate')}${failures('check-${{ matrix.delivery.key }}')}
`;
}

function imageJob(delivery: CheckedDelivery): string {
  const { environments, registry } = delivery;
  const rights = [
    'contents: read',
    ...(registry === 'ghcr' ? ['packages: write # the image, its signature and what is attested of it'] : []),
    ...identity(delivery.publicKey === undefined, delivery.awsRoleArn),
  ];
  return `  image:
    name: Build, scan, push and sign, \${{ matrix.delivery.manifest }}
    needs: [changes, check]
    if: github.event_name != 'pull_request'
${registry === 'password' ? GUARDED_IMAGES : ''}    runs-on: ${RUNNER}
    timeout-minutes: 60
${permissions(rights)}${matrix()}${environmentOf(environments[0])}    steps:
${checkout({ history: true, lfs: true })}${node()}${tools('crane syft grype trivy cosign ml-platform')}${aws(delivery)}${run('build')}${run('sbom')}${run('scan')}${run('gate')}${login(delivery)}${run('push')}${run('sign')}${run('attest')}      - uses: ${ACTIONS.upload}
        with:
          name: image-\${{ matrix.delivery.key }}
          path: |
            .delivery/image.txt
            .delivery/revision.txt
            .delivery/gate.json
            .delivery/grype.json
          include-hidden-files: true
          if-no-files-found: error
${failures('image-${{ matrix.delivery.key }}')}
`;
}

function deployJob(
  delivery: CheckedDelivery,
  environment: ModelDeliveryEnvironment,
  before?: ModelDeliveryEnvironment,
): string {
  const { name, runsOn = RUNNER } = environment;
  const isFirst = before === undefined;
  const attests = !isFirst;
  const rights = [
    "contents: write # the commit to the environment's overlay",
    ...(delivery.registry === 'ghcr'
      ? [`packages: ${attests ? 'write # the verdict by the bounds of this environment' : 'read # the image'}`]
      : []),
    ...identity(attests && delivery.publicKey === undefined, environment.awsRoleArn),
  ];
  const mlflow =
    environment.mlflowUrl === undefined
      ? ''
      : `        env:
          MLFLOW_TRACKING_USERNAME: \${{ secrets.MLFLOW_TRACKING_USERNAME }}
          MLFLOW_TRACKING_PASSWORD: \${{ secrets.MLFLOW_TRACKING_PASSWORD }}
          MLFLOW_TRACKING_TOKEN: \${{ secrets.MLFLOW_TRACKING_TOKEN }}
`;
  const token = `        env:
          DEPLOY_TOKEN: \${{ github.token }}
`;
  return `  deploy-${name}:
    name: Deploy to ${name}, \${{ matrix.delivery.manifest }}
    needs: [changes, ${isFirst ? 'image' : `image, deploy-${before.name}`}]
    # the reviewers of the environment approve here
    environment: ${name}
    runs-on: ${runsOn}
    timeout-minutes: 45
    # one version of a model at a time; of those that wait, the newest
    concurrency:
      group: model-delivery-${name}-\${{ matrix.delivery.key }}
      cancel-in-progress: false
${permissions(rights)}${matrix()}${environmentOf(environment)}    steps:
${checkout({})}${node()}${tools('crane cosign ml-platform')}      - uses: ${ACTIONS.download}
        with:
          name: image-\${{ matrix.delivery.key }}
          path: .delivery
${aws(environment)}${login(delivery)}${attests ? `${run('gate')}${run('attest')}` : ''}${run('verify')}${run('register', mlflow)}      - id: deploy
        run: bash scripts/deploy.sh
        env:
          DEPLOY_TOKEN: \${{ github.token }}
          SOURCE_BRANCH: ${delivery.branch}
      - id: smoke
        run: bash scripts/smoke.sh
      - if: \${{ (failure() || cancelled()) && steps.deploy.outcome == 'success' && steps.smoke.outcome != 'success' }}
        run: bash scripts/revert.sh
${token}${run('promote', mlflow)}${failures(`${name}-\${{ matrix.delivery.key }}`)}
`;
}

function notifyJob({ environments, slackWebhookSecretName, webhookSecretName }: CheckedDelivery): string {
  const secret = slackWebhookSecretName ?? webhookSecretName;
  const url =
    secret === undefined
      ? ''
      : `          NOTIFY_URL: \${{ secrets.${secret} }}
          NOTIFY_FORMAT: ${slackWebhookSecretName === undefined ? 'json' : 'slack'}
`;
  return `  notify:
    name: Say how it ended
    needs: [changes, check, image, ${environments.map(({ name }) => `deploy-${name}`).join(', ')}]
    if: \${{ always() && github.event_name != 'pull_request' && needs.changes.outputs.deliveries != '[]' }}
    # with the secret of whoever is told
    environment: notification
    runs-on: ${RUNNER}
    timeout-minutes: 10
    steps:
${checkout({})}      - uses: ${ACTIONS.download}
        with:
          pattern: failure-*
          path: .results
      - run: bash scripts/notify.sh
        env:
          JOBS: \${{ toJSON(needs) }}
          RESULTS: .results
          REVISION: \${{ github.sha }}
          RUN_URL: \${{ github.server_url }}/\${{ github.repository }}/actions/runs/\${{ github.run_id }}
${url}`;
}

function permissions(rights: readonly string[]): string {
  return `    permissions:\n${rights.map((right) => `      ${right}\n`).join('')}`;
}

function matrix(): string {
  return `    strategy:
      fail-fast: false
      matrix:
        delivery: \${{ fromJSON(needs.changes.outputs.deliveries) }}
`;
}

function environmentOf({ name }: ModelDeliveryEnvironment): string {
  return `    env:
      MANIFEST: \${{ matrix.delivery.manifest }}
      ENVIRONMENT: ${name}
      SOURCE_URL: \${{ github.server_url }}/\${{ github.repository }}
`;
}

function checkout({ history = false, lfs = false }: { readonly history?: boolean; readonly lfs?: boolean }): string {
  return `      - uses: ${ACTIONS.checkout}
        with:
          persist-credentials: false
${history ? '          fetch-depth: 0\n' : ''}${lfs ? '          lfs: true\n' : ''}`;
}

function node(): string {
  return `      - uses: ${ACTIONS.setupNode}
        with: { node-version: '24', package-manager-cache: false }
`;
}

function tools(names: string): string {
  return `      - name: Programs of one version, held to their checksums
        run: bash scripts/tools.sh ${names}
`;
}

function run(step: string, env = ''): string {
  return `      - run: bash scripts/${step}.sh\n${env}`;
}

function aws({ awsRoleArn, awsRegion }: { readonly awsRoleArn?: string; readonly awsRegion?: string }): string {
  if (awsRoleArn === undefined || awsRegion === undefined) return '';
  return `      - uses: ${ACTIONS.aws}
        with:
          role-to-assume: ${awsRoleArn}
          aws-region: ${awsRegion}
`;
}

function login({ registry }: CheckedDelivery): string {
  if (registry === 'ecr') return run('login');
  const [user, password] =
    registry === 'ghcr' ? ['github.actor', 'github.token'] : ['secrets.REGISTRY_USERNAME', 'secrets.REGISTRY_PASSWORD'];
  return run(
    'login',
    `        env:
          REGISTRY_USERNAME: \${{ ${user} }}
          REGISTRY_PASSWORD: \${{ ${password} }}
`,
  );
}

function failures(name: string): string {
  return `      - if: \${{ failure() }}
        uses: ${ACTIONS.upload}
        with:
          name: failure-${name}
          path: .delivery/failure-*.json
          include-hidden-files: true
          if-no-files-found: ignore
`;
}

/** The right to prove who it is, for what needs it. */
function identity(signs: boolean, role: string | undefined): string[] {
  const uses = [
    ...(signs ? ['signs in the name of this workflow'] : []),
    ...(role === undefined ? [] : ['takes the role in AWS']),
  ];
  return uses.length === 0 ? [] : [`id-token: write # ${uses.join(', ')}`];
}
