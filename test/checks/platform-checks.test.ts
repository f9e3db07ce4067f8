import { ApiObject, JsonPatch } from 'cdk8s';
import { Finding, ICheck } from '../../src/checks/check';
import { ManifestGraph } from '../../src/checks/manifest-graph';
import { defaultChecks, PlatformChecks } from '../../src/checks/platform-checks';
import { chartOf, deployment, namespace, object } from './graph';

const GOOD = deployment('api', {
  containers: [
    { name: 'main', image: 'a:1', resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } } },
  ],
});

class NamesCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    return graph.manifests.map(({ path, name }) => ({ path, message: `is called ${name}` }));
  }
}

test('a plain cdk8s app fails with everything that is wrong', () => {
  const chart = chartOf([
    namespace('team'),
    deployment('api', { serviceAccountName: 'gone', containers: [{ name: 'main', image: 'a' }] }),
  ]);
  PlatformChecks.attachTo(chart);
  expect(chart.node.validate()).toEqual([
    '[test/Deployment-api] Deployment api: refers to ServiceAccount gone in namespace team, which nothing creates; add it, or leave the name out for the account named default',
    '[test/Deployment-api] Deployment api: container main has the image a without a tag, whose content changes; pin a version, such as a:1.2.3, or a digest',
    '[test/Deployment-api] Deployment api: container main has no requests.cpu, requests.memory, limits.memory; set them in its resources',
  ]);
});

test('synthesis of the app is what fails', () => {
  const chart = chartOf([deployment('api', { containers: [] })]);
  PlatformChecks.attachTo(chart);
  const app = chart.node.root as unknown as { synthYaml(): string };
  expect(() => app.synthYaml()).toThrow('refers to Namespace team, which nothing creates');
});

test('a good graph has no findings, and own checks and a context can be given', () => {
  const chart = chartOf([namespace('team'), GOOD, object('example.com/v1', 'Widget', 'w')]);
  expect(PlatformChecks.run(chart)).toHaveLength(1);
  const context = { namespaces: [], customResources: ['Widget.example.com'] };
  expect(PlatformChecks.run(chart, { context })).toEqual([]);
  expect(PlatformChecks.run(chart, { context, checks: [new NamesCheck()] })).toContainEqual({
    path: 'test/Widget-w',
    message: 'is called w',
  });
});

test('the checks see what a JSON patch makes of an object', () => {
  const chart = chartOf([namespace('team'), GOOD]);
  const target = chart.node.findChild('Deployment-api') as ApiObject;
  target.addJsonPatch(JsonPatch.replace('/spec/template/spec/containers/0/image', 'a:latest'));
  expect(PlatformChecks.run(chart).map(({ path }) => path)).toEqual(['test/Deployment-api']);
});

test('time grows with the number of manifests, not with its square', () => {
  const seconds = (tenants: number): number => {
    const objects = Array.from({ length: tenants }, (_, at) => {
      const name = `tenant-${at}`;
      const labels = { app: name };
      return [
        { ...GOOD, metadata: { name, namespace: 'team' }, spec: { template: { metadata: { labels }, spec: {} } } },
        object('networking.k8s.io/v1', 'NetworkPolicy', name, {
          spec: { podSelector: { matchLabels: labels }, egress: [{}] },
        }),
        { ...object('v1', 'Service', name, { spec: { selector: labels, ports: [{ name: 'm', port: 1 }] } }) },
        object('monitoring.coreos.com/v1', 'ServiceMonitor', name, {
          spec: { selector: { matchLabels: labels }, endpoints: [{ port: 'm' }] },
        }),
      ];
    }).flat();
    const chart = chartOf([namespace('team'), ...objects]);
    const graph = ManifestGraph.of(chart);
    const checks = PlatformChecks.run(chart);
    expect(checks.length).toBeGreaterThan(0);
    // the fastest of three: other programs on the machine only make it slower
    const runs = [1, 2, 3].map(() => {
      const started = process.hrtime.bigint();
      for (const check of defaultChecks()) check.check(graph);
      return Number(process.hrtime.bigint() - started) / 1e9;
    });
    return Math.min(...runs);
  };
  seconds(100);
  const small = seconds(250);
  const large = seconds(2000);
  // eight times as many; a square would be sixty-four times
  expect(large / small).toBeLessThan(32);
});
