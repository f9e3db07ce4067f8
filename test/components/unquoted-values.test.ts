import { Environment, KindProvider, PlatformApp } from '../../src';
import { installedComponents } from '../support/components';
import { isPlain, texts } from '../support/chart-texts';

/** Texts that are something else without quotes, and what the template does with them; looked up in the charts in November 2026. */
const QUOTED: { readonly [value: string]: string } = {
  'argo-cd configs.cm.resource.compareoptions': 'toYaml',
  'argo-cd configs.cm.resource.customizations.health.argoproj.io_Application': 'toYaml',
  'argo-cd configs.cm.resource.customizations.health.mlifecycle.io_ModelDeployment': 'toYaml',
  'flink-kubernetes-operator defaultConfiguration.flink-conf.yaml': 'indented, in a block',
  'gatekeeper validatingWebhookCustomRules[].apiVersions[]': 'toYaml',
  'kserve kserve.controller.gateway.domainTemplate': 'in the quotes of JSON, in a block',
  'kserve kserve.storage.s3.useHttps': 'in the quotes of JSON, in a block',
  'kserve kserve.storage.s3.useVirtualBucket': 'in the quotes of JSON, in a block',
  'kube-prometheus-stack alertmanager.config.receivers[].name': 'toYaml, in a Secret',
  'kube-prometheus-stack alertmanager.config.route.receiver': 'toYaml, in a Secret',
  'metacontroller clusterRole.aggregationRule.clusterRoleSelectors[].matchLabels.nstarx.io/aggregate-to-metacontroller':
    'toYaml',
  'spark-operator spark.jobNamespaces[]': 'joined with commas, in quotes',
  'valkey-cache valkeyConfig': 'indented, in a block',
  'velero configuration.backupStorageLocation[].config.checksumAlgorithm': 'quote',
  'velero configuration.backupStorageLocation[].config.s3ForcePathStyle': 'quote',
};

test('every text that reaches a chart stays what it is where a template prints it without quotes', () => {
  const odd = installedComponents().flatMap(({ name, values }) =>
    texts(values, '')
      .filter(([, text]) => !isPlain(text))
      .map(([at]) => `${name} ${at}`),
  );
  expect([...new Set(odd)].sort()).toEqual(Object.keys(QUOTED).sort());
});

/** DNS labels that YAML takes for something else. */
const NAMES = 'true false yes no on off y n null 1 007 12e3 0x1f 0b1 0o17 2026-11-28'.split(' ');

test.each(NAMES)('the name %s is refused for what is named in a chart', (name) => {
  expect(isPlain(name)).toBe(false);
  const app = new PlatformApp();
  expect(() => app.environment(name, { provider: KindProvider.local() })).toThrow(
    'must be a name that YAML reads as text',
  );
  const environment: Environment = app.environment('local', { provider: KindProvider.local() });
  environment.addCluster();
  expect(() => environment.addCache(name)).toThrow(/must (be a name that YAML reads as text|start with a letter)/);
});

test.each(['prod', 'one', '1a', 'x-1', 'north', 'nil', '1-2'])('the name %s is text', (name) => {
  expect(isPlain(name)).toBe(true);
  expect(() => new PlatformApp().environment(name, { provider: KindProvider.local() })).not.toThrow();
});
