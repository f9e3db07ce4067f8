import { ApiObject } from 'cdk8s';
import {
  Component,
  ComponentRegistry,
  Delivery,
  Finding,
  ICheck,
  KindProvider,
  ManifestGraph,
  PlatformApp,
  PlatformTesting,
  Tier,
} from 'ml-platform-constructs';

// What a user writes: nothing but the public API.

function featureFlags(): Component {
  return new Component('feature-flags', {
    chart: { repository: 'https://charts.acme.example', name: 'feature-flags', version: '2.5.0' },
    namespace: 'feature-flags',
    values: { replicas: 2 },
    customResources: ['Flag.flags.acme.example'],
  });
}

class FlagOwnerCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    return graph
      .ofKind('Flag', 'flags.acme.example')
      .filter(({ json }) => (json.spec as { owner?: string }).owner === undefined)
      .map(({ path, name }) => ({ path, message: `Flag ${name} has no owner; name one` }));
  }
}

function appWithFlag(delivery: Delivery, spec: { owner?: string }): PlatformApp {
  const app = new PlatformApp();
  const environment = app.environment('local', { provider: KindProvider.local(), tier: Tier.LOCAL, delivery });
  environment.addCluster();
  environment.addCheck(new FlagOwnerCheck());
  const chart = environment.addChart('flags');
  ComponentRegistry.of(chart).require(featureFlags());
  new ApiObject(chart, 'beta', {
    apiVersion: 'flags.acme.example/v1',
    kind: 'Flag',
    metadata: { name: 'beta', namespace: 'feature-flags' },
    spec,
  });
  return app;
}

test('a component of a user is a Helm release', () => {
  const files = PlatformTesting.synth(appWithFlag(Delivery.files(), { owner: 'ml' }));
  const bootstrap = JSON.parse(files['stacks/local-bootstrap/cdk.tf.json']) as {
    resource: { helm_release: { [name: string]: { [argument: string]: unknown } } };
  };
  expect(bootstrap.resource.helm_release['feature-flags']).toMatchObject({
    repository: 'https://charts.acme.example',
    chart: 'feature-flags',
    version: '2.5.0',
    values: ['replicas: 2\n'],
  });
});

test('the same component is an Argo CD Application', () => {
  const delivery = Delivery.argoCd({ repository: 'https://git.acme.example/platform.git' });
  const files = PlatformTesting.synth(appWithFlag(delivery, { owner: 'ml' }));
  expect(files['local/argocd/argocd/application-feature-flags.yaml']).toContain('targetRevision: "2.5.0"');
  expect(files['local/flags/feature-flags/flag-beta.yaml']).toContain('owner: ml');
});

test('a check of a user runs with the others', () => {
  expect(() => PlatformTesting.synth(appWithFlag(Delivery.files(), {}))).toThrow(
    '[local/flags/beta] Flag beta has no owner; name one',
  );
});
