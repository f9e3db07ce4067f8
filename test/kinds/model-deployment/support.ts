import { App, Chart } from 'cdk8s';
import { ModelDeploymentObjects } from '../../../src/kinds/model-deployment/model-deployment-objects';
import { ModelDeploymentObjectsProps, ServedSpec } from '../../../src/kinds/model-deployment/plan';
import { MODEL_DEPLOYMENT_SIZES } from '../../../src/kinds/model-deployment/sizes';
import { SETTINGS } from '../../operators/support/settings';

export type Json = Record<string, ReturnType<typeof JSON.parse>>;

export const IMAGE = `registry.example.com/fraud@sha256:${'a'.repeat(64)}`;

/** The binding of the bucket, as a cluster without workload identity has it. */
export const STORAGE = {
  env: { AWS_ENDPOINT_URL_S3: 'http://s3.backing-services.svc:8333', AWS_REGION: 'us-east-1' },
  secretEnv: [
    { name: 'AWS_ACCESS_KEY_ID', secretName: 's3-credentials', key: 'access-key-id' },
    { name: 'AWS_SECRET_ACCESS_KEY', secretName: 's3-credentials', key: 'secret-access-key' },
  ],
  egress: [{ namespace: 'backing-services', podLabels: { app: 's3' }, ports: [8333] }],
};

export const WITH_ACCOUNT = {
  ...MODEL_DEPLOYMENT_SIZES.production,
  serviceAccountName: 'model-server',
  accountNamespaces: ['ml-inference'],
  storage: STORAGE,
};

/** The objects of a ModelDeployment `fraud` in `ml-inference`, by kind. */
export function objects(
  spec: Partial<ServedSpec> = {},
  more: Partial<ModelDeploymentObjectsProps> = {},
): { readonly [kind: string]: Json } {
  const chart = new Chart(new App(), 'chart', { disableResourceNameHashes: true });
  new ModelDeploymentObjects(chart, 'fraud', {
    name: 'fraud',
    namespace: 'ml-inference',
    image: IMAGE,
    spec: { model: { name: 'fraud-detector', version: '2.1.0', framework: 'pytorch' }, ...spec },
    settings: WITH_ACCOUNT,
    scraper: SETTINGS.scraper,
    gateway: SETTINGS.gateway,
    ...more,
  });
  return Object.fromEntries((chart.toJson() as Json[]).map((one) => [one.kind, one]));
}

/** The model, with its artifact in a place. */
export function modelAt(uri: string, sha256?: string): Pick<ServedSpec, 'model'> {
  const model = { name: 'fraud-detector', version: '2.1.0', framework: 'pytorch' };
  return { model: { ...model, artifact: { uri, ...(sha256 === undefined ? {} : { sha256 }) } } };
}

export const podOf = ({ Deployment }: { readonly [kind: string]: Json }): Json => Deployment.spec.template.spec;

/** The variables of the service, as the pod has them: those of the ConfigMap, and its own, which win. Those of Secrets by their key. */
export function variablesOf(made: { readonly [kind: string]: Json }): { readonly [name: string]: string } {
  const [container] = podOf(made).containers;
  const own = (container.env ?? []).map(({ name, value, valueFrom }: Json) => [
    name,
    value ?? `${valueFrom.secretKeyRef.name}/${valueFrom.secretKeyRef.key}`,
  ]);
  return { ...made.ConfigMap.data, ...Object.fromEntries(own) };
}
