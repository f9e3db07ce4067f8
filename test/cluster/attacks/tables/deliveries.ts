import { until } from '../../../support/waiting';
import type { Cluster } from '../../cluster';
import { conditionOf, type Identity, type KubernetesObject, referenceTo } from '../../types';
import { type Attack, MALIK } from '../attack';
import { deployment, object, POD_SPEC, with_ } from '../children';

/** Someone whose team lets them make Jobs, pods, AnalysisRuns and ControllerRevisions, which no persona of the platform may. */
const THEO = { user: 'theo', groups: ['vision-developers'] } satisfies Identity;
const DEVELOPER = 'developer of vision whose role has Jobs, pods and revisions';
const DEFENCE = 'policy child-claims';

const JOB_SPEC = { template: { spec: { ...POD_SPEC, restartPolicy: 'Never' } } };
const ANALYSIS_SPEC = { metrics: [{ name: 'error-ratio', provider: { prometheus: { query: '0' } } }] };

/** Attacks on what an operator goes by: results of its Jobs, of its measurements, and the revisions that it keeps. */
export const DELIVERIES: readonly Attack[] = [
  {
    who: DEVELOPER,
    request: 'a Job that says to be the one that verifies the image of a ModelDeployment',
    gain: 'an image that nobody has signed, served as verified',
    defence: DEFENCE,
    attempt: claimRefused((uid) => claimed('batch/v1', 'Job', { spec: JOB_SPEC }, uid)),
  },
  {
    who: DEVELOPER,
    request: 'a Job with a ModelDeployment in its ownerReferences',
    gain: 'the same',
    defence: DEFENCE,
    attempt: claimRefused((uid) => owned('batch/v1', 'Job', { spec: JOB_SPEC }, uid)),
  },
  {
    who: DEVELOPER,
    request: 'a revision of a ModelDeployment with objects of their own, to name in rollbackTo',
    gain: 'any program, past the gate, the signature and the registry',
    defence: DEFENCE,
    attempt: claimRefused((uid) =>
      claimed('apps/v1', 'ControllerRevision', { revision: 9, data: { spec: {}, objects: 'H4sIAAA=' } }, uid),
    ),
  },
  {
    who: DEVELOPER,
    request: 'an AnalysisRun that says to be that of a ModelDeployment',
    gain: 'a version without errors, whatever Prometheus says, or the fall of a version of a colleague',
    defence: DEFENCE,
    attempt: claimRefused((uid) => claimed('argoproj.io/v1alpha1', 'AnalysisRun', { spec: ANALYSIS_SPEC }, uid)),
  },
  {
    who: DEVELOPER,
    request: 'a pod that says to be of a Job',
    gain: 'a Job that has succeeded, with a termination message of their own',
    defence: 'policy job-pods',
    attempt: async ({ cluster }) => {
      await letMake(cluster);
      for (const label of ['batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name']) {
        const pod = object('v1', 'Pod', 'bait', { spec: POD_SPEC });
        const labelled = { ...pod, metadata: { ...pod.metadata, labels: { [label]: 'fraud' } } };
        expect(await answerTo(cluster, labelled)).toMatch(/the pods of a Job are made by its controller/);
        // the honest use
        expect(await answerTo(cluster, pod)).toBe('done');
      }
    },
  },
  {
    who: 'ML engineer of vision',
    request: 'rollbackTo a version that the ModelDeployment never had',
    gain: 'a version that nobody has looked at',
    defence: 'condition Accepted; what is served stays',
    attempt: async ({ cluster }) => {
      const one = deployment('goes-back');
      const asked = { ...one, spec: { ...one.spec, rollbackTo: '0.1' } };
      const ref = referenceTo(await cluster.create(asked, { asUser: MALIK }));
      try {
        const told = await cluster.waitFor(ref, (seen) => conditionOf(seen, 'Accepted') !== undefined, 60_000);
        expect(conditionOf(told, 'Accepted')?.message).toMatch(
          /spec.rollbackTo must be a version that is kept, got "0.1"/,
        );
        expect(told.status?.phase).toBe('Rejected');
      } finally {
        await cluster.delete(ref);
      }
    },
  },
];

function claimed(apiVersion: string, kind: string, content: object, uid: string): KubernetesObject {
  const one = object(apiVersion, kind, 'claimed-deployment-verification-0000000000', content);
  return { ...one, metadata: { ...one.metadata, labels: { 'controller-uid': uid } } };
}

function owned(apiVersion: string, kind: string, content: object, uid: string): KubernetesObject {
  const one = object(apiVersion, kind, 'claimed-deployment-verification-0000000000', content);
  const owner = { apiVersion: 'mlifecycle.io/v1', kind: 'ModelDeployment', name: 'claimed', uid, controller: true };
  return { ...one, metadata: { ...one.metadata, ownerReferences: [owner] } };
}

/** The API server refuses what says to be a child of a ModelDeployment, and takes it without that. */
function claimRefused(make: (uid: string) => KubernetesObject): Attack['attempt'] {
  return async ({ cluster }) => {
    await letMake(cluster);
    await with_(cluster, deployment('claimed'), async (stored) => {
      const forged = make(stored.metadata.uid ?? '');
      // a policy hears of a new object a little later
      await until('the policy to know the ModelDeployment', 20_000, async () => {
        return (await answerTo(cluster, forged)) !== 'done';
      });
      expect(await answerTo(cluster, forged)).toMatch(/children of ModelDeployment claimed are made by its operator/);
      const { labels: _labels, ownerReferences: _owners, ...metadata } = forged.metadata;
      expect(await answerTo(cluster, { ...forged, metadata })).toBe('done');
    });
  };
}

async function answerTo(cluster: Cluster, one: KubernetesObject): Promise<string> {
  return cluster.create(one, { asUser: THEO, dryRun: true }).then(
    () => 'done',
    (error: unknown) => (error as Error).message,
  );
}

async function letMake(cluster: Cluster): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const rule = (apiGroup: string, resource: string): object => ({
    apiGroups: [apiGroup],
    resources: [resource],
    verbs: ['create'],
  });
  const role = object(`${group}/v1`, 'Role', 'job-developer', {
    rules: [
      rule('', 'pods'),
      rule('batch', 'jobs'),
      rule('apps', 'controllerrevisions'),
      rule('argoproj.io', 'analysisruns'),
    ],
  });
  const binding = object(`${group}/v1`, 'RoleBinding', 'job-developer', {
    roleRef: { apiGroup: group, kind: 'Role', name: 'job-developer' },
    subjects: [{ apiGroup: group, kind: 'User', name: THEO.user }],
  });
  for (const one of [role, binding]) {
    if ((await cluster.find(referenceTo(one))) === undefined) await cluster.create(one);
  }
  await until('the rights of a developer', 20_000, async () => {
    const pod = object('v1', 'Pod', 'rights', { spec: POD_SPEC });
    return !(await answerTo(cluster, pod)).includes('cannot create resource');
  });
}
