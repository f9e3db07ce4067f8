import { until } from '../../support/waiting';
import type { KubernetesObject } from '../types';
import { API, model } from './objects';
import { describeGovernance, verdictOf } from './support';

describeGovernance('policies for the kinds', (cluster) => {
  const verdict = (object: KubernetesObject) => verdictOf(cluster(), object);

  test('without any zone, models are accepted', async () => {
    expect(await verdict(model('a', { gpus: 8, zone: 'nowhere' }))).toBe('');
  });

  test('the API server finds no mistake in the types of the expressions', async () => {
    const kind = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy' };
    const wrong: KubernetesObject = {
      ...kind,
      metadata: { name: 'wrong-field' },
      spec: {
        paramKind: { apiVersion: API, kind: 'AIZone' },
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['nstarx.io'], apiVersions: ['v1alpha1'], operations: ['CREATE'], resources: ['aimodels'] },
          ],
        },
        validations: [{ expression: 'object.spec.serving.zones == params.spec.typo' }],
      },
    };
    await cluster().create(wrong);
    let policies: KubernetesObject[] = [];
    const isChecked = ({ metadata, status }: KubernetesObject) => status?.observedGeneration === metadata.generation;
    await until('the types to be checked', 90_000, async () => {
      policies = await cluster().list(kind);
      // where the checker looked before it had found our CRDs, it looks again when the spec changes
      const early = policies.filter((one) => isChecked(one) && JSON.stringify(one.status).includes("'params' (in"));
      for (const { metadata, spec } of early) {
        const failurePolicy = spec?.failurePolicy === 'Fail' ? 'Ignore' : 'Fail';
        await cluster().patch({ ...kind, name: metadata.name ?? '' }, { spec: { failurePolicy } });
      }
      return early.length === 0 && policies.every(isChecked);
    });
    for (const { metadata } of policies) {
      await cluster().patch({ ...kind, name: metadata.name ?? '' }, { spec: { failurePolicy: 'Fail' } });
    }
    const warnings = policies.map(({ metadata, status }) => [
      metadata.name,
      JSON.stringify((status?.typeChecking as { expressionWarnings?: unknown } | undefined)?.expressionWarnings ?? []),
    ]);
    expect(warnings.filter(([name, text]) => name !== 'wrong-field' && text !== '[]')).toEqual([]);
    expect(warnings.map(([name]) => name).sort()).toEqual([
      'account-use-aimodels.nstarx.io',
      'account-use-datapipelines.nstarx.io',
      'account-use-featurestores.nstarx.io',
      'account-use-mlworkflows.nstarx.io',
      'approval-modeldeployments.mlifecycle.io',
      'break-glass-modeldeployments.mlifecycle.io',
      'break-glass-used-modeldeployments.mlifecycle.io',
      'child-claims-aimodels.nstarx.io',
      'child-claims-modeldeployments.mlifecycle.io',
      'flink-configmaps.nstarx.io',
      'flink-pods.nstarx.io',
      'hosts-abtests.nstarx.io',
      'hosts-routes.nstarx.io',
      'job-pods.nstarx.io',
      'lake-folders-aimodels.nstarx.io',
      'lake-folders-datapipelines.nstarx.io',
      'lake-folders-featurestores.nstarx.io',
      'lake-folders-mlworkflows.nstarx.io',
      'lake-folders-modeldeployments.mlifecycle.io',
      'listener-sets.nstarx.io',
      'own-labels.nstarx.io',
      'pinned-images-aimodels.nstarx.io',
      'pinned-images-datapipelines.nstarx.io',
      'pinned-images-featurestores.nstarx.io',
      'pinned-images-mlworkflows.nstarx.io',
      'pinned-images-modeldeployments.mlifecycle.io',
      'pinned-images.nstarx.io',
      'pod-security-level.nstarx.io',
      'priority-use-aimodels.nstarx.io',
      'read-only-root-filesystem.nstarx.io',
      'run-requester.nstarx.io',
      'spark-configmaps.nstarx.io',
      'spark-pods.nstarx.io',
      'tenant-pods.nstarx.io',
      'tenant-services.nstarx.io',
      'wrong-field',
      'zone-gpus-aimodels.nstarx.io',
      'zone-ownership.nstarx.io',
      'zone-read-only-root-filesystem.nstarx.io',
      'zone-use-abtests.nstarx.io',
      'zone-use-aimodels.nstarx.io',
      'zone-use-datapipelines.nstarx.io',
      'zone-use-mlworkflows.nstarx.io',
    ]);
    // so an empty list says something: fields of our kinds and of parameters are known
    const found = warnings.find(([name]) => name === 'wrong-field')?.[1];
    expect(found).toContain("undefined field 'zones'");
    expect(found).toContain("undefined field 'typo'");
    await cluster().delete({ ...kind, name: 'wrong-field' });
  });
});
