import { ApiObject, Chart } from 'cdk8s';
import { TerraformOutput } from 'cdktf';
import { Environment, PlatformApp } from '../../src/app';
import { FakeProvider } from '../support/fake-provider';

/** An app with the environments `dev` and `production`, each with a few objects and resources. */
export function exampleApp(): PlatformApp {
  const app = new PlatformApp({ environments: [] });
  for (const name of ['dev', 'production']) {
    const environment = app.environment(name, { provider: new FakeProvider() });
    environment.addCluster();
    new TerraformOutput(environment.infrastructure, 'url', { value: `https://${name}.acme.example` });
    environment.publishValue('api.url', `https://${name}.acme.example`);
    addObjects(environment);
  }
  return app;
}

function addObjects(environment: Environment): void {
  const chart = environment.addChart('shop');
  object(chart, 'v1', 'Namespace', { name: 'shop', labels: { 'nstarx.io/team': 'shop' } }, {});
  for (const name of ['settings', 'flags']) {
    object(
      chart,
      'v1',
      'ConfigMap',
      { name, namespace: 'shop' },
      { data: { 'config.yaml': 'level: info\nports: [80, 81]\n' } },
    );
  }
  object(
    chart,
    'networking.k8s.io/v1',
    'NetworkPolicy',
    { name: 'default-deny', namespace: 'shop' },
    {
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    },
  );
  object(
    chart,
    'v1',
    'LimitRange',
    { name: 'limits', namespace: 'shop' },
    {
      spec: {
        limits: [
          { type: 'Container', max: { cpu: '2' } },
          { type: 'Pod', max: { cpu: '4' } },
        ],
      },
    },
  );
  object(
    chart,
    'scheduling.k8s.io/v1',
    'PriorityClass',
    { name: 'high', annotations: { policy: '{"max":[1,2],"who":"all"}' } },
    { value: 1000, globalDefault: false },
  );
}

function object(
  chart: Chart,
  apiVersion: string,
  kind: string,
  metadata: { name: string; [key: string]: unknown },
  rest: object,
): void {
  new ApiObject(chart, `${kind}-${metadata.name}`, { apiVersion, kind, metadata, ...rest });
}

/** The message of the error that a call throws. */
export function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}
