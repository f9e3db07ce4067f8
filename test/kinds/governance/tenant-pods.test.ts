import { neuralPlatform } from '../../../examples/neural-platform/platform';
import { zeroTouch } from '../../../examples/zero-touch/platform';
import { PlatformTesting } from '../../../src';
import { NODE_CONDITIONS } from '../../../src/kinds/governance/tenant-pods';
import type { StackJson } from '../../support/synth';

type Labels = Readonly<Record<string, string>>;

/** The namespaces that Terraform makes for components, with their labels. */
function namespacesOf(files: { readonly [file: string]: string }, environment: string): Map<string, Labels> {
  const { resource = {} } = JSON.parse(files[`stacks/${environment}-bootstrap/cdk.tf.json`]) as StackJson;
  const made = Object.values(resource.kubernetes_namespace_v1 ?? {}) as {
    readonly metadata: { readonly name: string; readonly labels?: Labels };
  }[];
  return new Map(made.map(({ metadata: { name, labels = {} } }) => [name, labels]));
}

test.each([
  ['neural-platform', neuralPlatform],
  ['zero-touch', zeroTouch],
])('what the example %s runs on every node is in no namespace whose pods the policy looks at', (_example, make) => {
  const app = make();
  const files = PlatformTesting.synth(app);
  const checked: string[] = [];
  const refused = app.environments.flatMap((environment) => {
    const namespaces = namespacesOf(files, environment.environmentName);
    return environment.components.sorted().flatMap(({ namespace, footprint, name }) => {
      const labels = namespaces.get(namespace) ?? {};
      const isTenants =
        ['nstarx.io/team', 'nstarx.io/zone', 'nstarx.io/engines'].some((label) => label in labels) &&
        labels['pod-security.kubernetes.io/enforce'] !== 'privileged';
      return (footprint?.workloads ?? []).flatMap((workload) => {
        const others = (workload.tolerations ?? []).filter(({ key = '' }) => !NODE_CONDITIONS.includes(key));
        if (others.length === 0) return [];
        checked.push(workload.name);
        return isTenants ? [`${environment.environmentName}: ${name}/${workload.name} in ${namespace}`] : [];
      });
    });
  });
  expect(refused).toEqual([]);
  // there is one to look at
  expect(checked.join()).toContain('node-exporter');
});
