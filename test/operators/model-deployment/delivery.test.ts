import { KubernetesObject } from '../../../operators/src/runtime/protocol';
import { BREAK_GLASS, BREAK_GLASS_BY, BREAK_GLASS_UNTIL } from '../../../src/kinds/model-deployment/break-glass';
import { condition } from '../support/conditions';
import { expectGoodChildren } from '../support/good-children';
import { DELIVERY, DIGESTS, manifest, NAMESPACE, PLAIN, World } from './world';

const VERIFICATION = 'deployment-verification';
const REGISTRATION = 'deployment-registration';
const kinds = (world: World): string[] => world.last!.children.map(({ kind }) => kind);

test('a model is verified, then registered, then deployed, and each phase says what happens', () => {
  const world = new World(manifest('1.0', { serving: {} }));
  world.settle();
  expect(world.phase()).toBe('Validating');
  expect(condition(world.last!, 'ImageAvailable')).toMatchObject({ status: 'False', reason: 'NotBuilt' });
  expect(world.all('Job')).toEqual([]);

  world.write(manifest('1.0'));
  world.settle();
  expect(world.phase()).toBe('Scanning');
  expect(kinds(world).sort()).toEqual(['Job', 'NetworkPolicy']);
  expect(condition(world.last!, 'ImageVerified')).toMatchObject({ status: 'Unknown', reason: 'Verifying' });
  expect(condition(world.last!, 'Registered')).toMatchObject({ status: 'Unknown', reason: 'Waiting' });

  world.complete(VERIFICATION);
  world.settle();
  expect(world.phase()).toBe('Registering');
  expect(kinds(world)).not.toContain('Deployment');
  expect(condition(world.last!, 'ImageVerified')).toMatchObject({ status: 'True', reason: 'Verified' });

  const registered = { name: 'anything', version: '3', run: 'e'.repeat(32), url: 'http://elsewhere.example' };
  world.complete(REGISTRATION, JSON.stringify(registered));
  world.settle();
  expect(world.phase()).toBe('Deploying');
  expect(kinds(world)).toContain('Deployment');
  // of what the program says only the numbers are taken
  const registration = {
    name: 'ml-inference.fraud-detector',
    version: '3',
    run: 'e'.repeat(32),
    url: 'http://mlflow.nstarx-system.svc.cluster.local:5000/#/models/ml-inference.fraud-detector/versions/3',
  };
  expect(world.last!.status.registration).toEqual(registration);

  world.rollOut();
  world.settle();
  expect(world.phase()).toBe('Serving');
  expect(world.last!.status).toMatchObject({ version: '1.0', registration });
  // the pod goes some day, and its message with it
  world.forgetPods();
  world.settle();
  expect(world.last!.status).toMatchObject({ phase: 'Serving', registration });
  world.writes = [];
  world.settle();
  expect(world.writes).toEqual([]);
});

test('the jobs meet Pod Security restricted and reach the registry, or MLflow, and DNS only', () => {
  const world = new World(manifest('1.0'));
  world.deliver();
  expectGoodChildren(world.last!.children, NAMESPACE);
  const peers = (name: string): unknown =>
    (world.find('NetworkPolicy', `fraud-detector-${name}`)!.spec as { readonly egress: unknown }).egress;
  const https = { ports: [{ port: 443, protocol: 'TCP' }] };
  expect(peers(VERIFICATION)).toEqual([expect.anything(), expect.objectContaining(https)]);
  expect(peers(REGISTRATION)).toEqual([
    expect.anything(),
    {
      ports: [{ port: 5000, protocol: 'TCP' }],
      to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'nstarx-system' } } }],
    },
  ]);
  // neither the Service nor the Deployment of the model selects their pods
  const { selector } = world.find('Service')!.spec as { readonly selector: Record<string, string> };
  for (const job of world.all('Job')) {
    const { template } = job.spec as { readonly template: { readonly metadata: { readonly labels: object } } };
    expect(template.metadata.labels).not.toMatchObject(selector);
  }
});

test('cosign verifies signature, SBOM, scan and verdict of the digest, and the evidence is compared', () => {
  const world = new World(manifest('1.0'));
  world.settle();
  expect(world.job(VERIFICATION).spec).toMatchSnapshot();
});

test('where nobody signs and there is no MLflow, neither is asked for', () => {
  const world = new World(manifest('1.0'), PLAIN);
  world.deliver();
  expect(world.phase()).toBe('Serving');
  expect(world.all('Job')).toEqual([]);
  for (const type of ['ImageVerified', 'Registered']) {
    expect(condition(world.last!, type)).toMatchObject({ status: 'True', reason: 'NotRequired' });
  }
});

test.each([
  ['signature', 10, 'no signatures found', 'NotSigned', 'False', 'Rejected'],
  ['signature', 12, 'no matching signatures', 'NotSigned', 'False', 'Rejected'],
  [
    'sbom',
    1,
    'none of the attestations matched the predicate type: spdxjson, found: x',
    'NotAttested',
    'False',
    'Rejected',
  ],
  ['verdict', 1, 'error: no matching attestations', 'NotAttested', 'False', 'Rejected'],
  [
    'evidence',
    3,
    'the manifest is not the one that was attested: spec.metrics.f1_score is 0.9, and 0.7 is attested',
    'EvidenceDiffers',
    'False',
    'Rejected',
  ],
  ['signature', 1, 'dial tcp: lookup registry.example.com: i/o timeout', 'CannotBeVerified', 'Unknown', 'Scanning'],
  ['evidence', 137, '', 'CannotBeVerified', 'Unknown', 'Scanning'],
])('%s that ends with %i: %s', (container, code, message, reason, status, phase) => {
  const world = new World(manifest('1.0'));
  world.settle();
  world.ends(VERIFICATION, container, code, message);
  world.settle();
  expect(world.phase()).toBe(phase);
  expect(condition(world.last!, 'ImageVerified')).toMatchObject({ status, reason });
  if (message !== '') expect(condition(world.last!, 'ImageVerified')?.message).toContain(message);
  expect(kinds(world)).not.toContain('Deployment');
  // it goes on, so that a signature that comes late is found
  expect(world.all('Job')).toHaveLength(1);
});

test('a verification that gave up says how to have it try again, also when its pod is gone', () => {
  const world = new World(manifest('1.0'));
  world.settle();
  world.ends(VERIFICATION, 'signature', 1, 'i/o timeout');
  world.settle();
  world.fail(VERIFICATION);
  world.forgetPods();
  world.settle();
  const { name } = world.job(VERIFICATION).metadata;
  expect(world.phase()).toBe('Rejected');
  expect(condition(world.last!, 'ImageVerified')).toMatchObject({ status: 'False', reason: 'GaveUp' });
  expect(condition(world.last!, 'ImageVerified')?.message).toMatch(new RegExp(`i/o timeout.*Delete Job ${name}`));
  world.settle();
  expect(condition(world.last!, 'ImageVerified')?.message.match(/could not be verified/g)).toHaveLength(1);
});

test('of several signers one is enough, and each that has not signed is told', () => {
  const signers = [{ publicKey: 'first' }, { issuer: 'https://issuer.example', subject: 'https://subject.example' }];
  const world = new World(manifest('1.0'), {
    ...DELIVERY,
    modelDeployment: { ...DELIVERY.modelDeployment!, signers },
  });
  world.settle();
  const jobs = world.all('Job');
  expect(jobs).toHaveLength(2);
  expect(JSON.stringify(jobs[1].spec)).toContain('--certificate-identity=https://subject.example');
  world.setStatus(jobs[0], { conditions: [{ type: 'Failed', status: 'True' }] });
  world.settle();
  expect(world.phase()).toBe('Scanning');
  world.setStatus(world.find('Job', jobs[1].metadata.name)!, { conditions: [{ type: 'Complete', status: 'True' }] });
  world.settle();
  expect(world.phase()).toBe('Registering');
});

test('an image without a digest cannot be verified', () => {
  const world = new World(manifest('1.0', { serving: { image: 'registry.example.com/fraud:1.0' } }));
  world.settle();
  expect(world.phase()).toBe('Rejected');
  expect(condition(world.last!, 'ImageVerified')).toMatchObject({ status: 'False', reason: 'NoDigest' });
  expect(world.all('Job')).toEqual([]);
});

test('a version that is registered as something else is rejected; a network that drops is tried again', () => {
  const world = new World(manifest('1.0'));
  world.settle();
  world.complete(VERIFICATION);
  world.settle();
  world.ends(REGISTRATION, 'register', 1, 'MLflow does not answer: refused');
  world.settle();
  expect(world.phase()).toBe('Registering');
  expect(condition(world.last!, 'Registered')).toMatchObject({ status: 'Unknown', reason: 'CannotBeRegistered' });
  world.ends(REGISTRATION, 'register', 3, 'fraud-detector 1.0 is in MLflow already');
  world.fail(REGISTRATION, 'exit code 3');
  world.settle();
  expect(world.phase()).toBe('Rejected');
  expect(condition(world.last!, 'Registered')).toMatchObject({ status: 'False', reason: 'Clash' });
  expect(kinds(world)).not.toContain('Deployment');
});

test('what was served stays until the next version is verified and registered', () => {
  const world = new World(manifest('1.0'));
  world.deliver();
  world.hold();
  world.write(manifest('2.0'));
  world.settle();
  const image = (): string => JSON.stringify(world.find('Deployment')!.spec);
  expect(world.phase()).toBe('Scanning');
  expect(condition(world.last!, 'Ready')?.status).toBe('True');
  expect(image()).toContain(DIGESTS[0]);
  world.complete(VERIFICATION);
  world.settle();
  expect(world.phase()).toBe('Registering');
  expect(image()).toContain(DIGESTS[0]);
  expect(world.last!.status.version).toBe('1.0');
  world.complete(REGISTRATION);
  world.settle();
  expect(image()).toContain(DIGESTS[1]);
  expect(world.last!.status).toMatchObject({ phase: 'Deploying', revisions: ['1.0'] });
});

test('the same content is not verified again, other evidence is', () => {
  const world = new World(manifest('1.0'));
  world.deliver();
  const names = (): string[] =>
    world
      .all('Job')
      .map(({ metadata }) => metadata.name)
      .sort();
  const before = names();
  world.write(manifest('1.0', { serving: { image: `registry.example.com/fraud@${DIGESTS[0]}`, replicas: 4 } }));
  world.settle();
  expect(names()).toEqual(before);
  expect(world.phase()).not.toBe('Scanning');
  world.write(manifest('1.0', { metrics: { accuracy: 0.99, f1_score: 0.9 } }));
  world.settle();
  expect(world.phase()).toBe('Scanning');
  expect(names()).not.toEqual(expect.arrayContaining(before));
});

test('a manifest that breaks a policy gets neither a job nor a server', () => {
  const world = new World(manifest('1.0', { metrics: { accuracy: 0.2, f1_score: 0.9 } }));
  world.settle();
  expect(world.phase()).toBe('Rejected');
  expect(world.last!.children).toEqual([]);
});

test('a pod that says to be of a Job, and is not its controller’s, says nothing', () => {
  const world = new World(manifest('1.0'));
  world.settle();
  const job = world.job(VERIFICATION);
  const { template } = job.spec as {
    readonly template: { readonly metadata: { readonly labels: Record<string, string> } };
  };
  const forged: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'forged',
      namespace: NAMESPACE,
      labels: { ...template.metadata.labels, 'batch.kubernetes.io/job-name': job.metadata.name },
    },
    status: {
      phase: 'Succeeded',
      containerStatuses: [
        { name: 'evidence', state: { terminated: { exitCode: 0, message: 'the evidence is attested' } } },
      ],
    },
  };
  world.put(forged);
  world.settle();
  expect(world.phase()).toBe('Scanning');
  expect(condition(world.last!, 'ImageVerified')).toMatchObject({ status: 'Unknown', reason: 'Verifying' });
});

/** The annotations of a grant that ends so many hours after the test begins. */
function grant(hours: number): { readonly [key: string]: string } {
  const until = new Date(Date.UTC(2026, 0, 1) + hours * 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    [BREAK_GLASS]: 'INC-4711: the registry of signatures is down',
    [BREAK_GLASS_UNTIL]: until,
    [BREAK_GLASS_BY]: 'ada',
  };
}

test('a grant has a model served that breaks a policy and is not signed, and registers it; the conditions say who gave it', () => {
  const world = new World(manifest('1.0', { metrics: { accuracy: 0.5, f1_score: 0.9 } }));
  world.settle();
  expect(world.phase()).toBe('Rejected');
  world.annotate(grant(1));
  world.settle();
  expect(world.phase()).toBe('Registering');
  expect(world.all('Job').map(({ metadata }) => metadata.name)).toEqual([expect.stringContaining(REGISTRATION)]);
  for (const type of ['GatePassed', 'ImageVerified']) {
    expect(condition(world.last!, type)).toMatchObject({
      status: 'True',
      reason: 'BreakGlass',
      message: expect.stringMatching(/^ada has it served past the policies until .*: INC-4711: the registry/) as string,
    });
  }
  expect(condition(world.last!, 'GatePassed')?.message).toContain('spec.metrics.accuracy');
  world.complete(REGISTRATION);
  world.settle();
  world.rollOut();
  world.settle();
  expect(world.phase()).toBe('Serving');

  // what is written when it has ended is judged as before, and what serves goes on
  world.annotate(grant(1), 2);
  world.settle();
  expect(world.phase()).toBe('Rejected');
  expect(world.find('Deployment')).toBeDefined();
  expect(world.last!.status.version).toBe('1.0');
});

test.each([
  ['ends after a day', grant(25)],
  ['has ended', grant(-1)],
  ['says no ticket', { ...grant(1), [BREAK_GLASS]: 'because' }],
  ['names nobody', { [BREAK_GLASS]: grant(1)[BREAK_GLASS], [BREAK_GLASS_UNTIL]: grant(1)[BREAK_GLASS_UNTIL] }],
])('a grant that %s is none', (_, annotations) => {
  const world = new World(manifest('1.0', { metrics: { accuracy: 0.5, f1_score: 0.9 } }));
  world.annotate(annotations);
  world.settle();
  expect(world.phase()).toBe('Rejected');
});
