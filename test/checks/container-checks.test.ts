import { ImageTagCheck, ResourcesCheck } from '../../src/checks/container-checks';
import { deployment, findings, Json } from './graph';

const DIGEST = `sha256:${'a'.repeat(64)}`;

test.each(['nginx:1.27', `nginx@${DIGEST}`, `registry.example:5000/a/b:1@${DIGEST}`, 'localhost/a_b/c--d:v1.2.3-rc.1'])(
  'the image %s is pinned',
  (image) => {
    expect(findings(new ImageTagCheck(), [deployment('api', { containers: [{ name: 'main', image }] })])).toEqual([]);
  },
);

test.each([
  [
    'nginx',
    'has the image nginx without a tag, whose content changes; pin a version, such as nginx:1.2.3, or a digest',
  ],
  [
    'registry.example:5000/nginx',
    'has the image registry.example:5000/nginx without a tag, whose content changes; pin a version, such as registry.example:5000/nginx:1.2.3, or a digest',
  ],
  [
    'nginx:latest',
    'has the image nginx:latest with the tag latest, whose content changes; pin a version, such as nginx:1.2.3, or a digest',
  ],
  ['Nginx:1', 'has the malformed image Nginx:1; write it like registry.example/team/api:1.2.3'],
  [undefined, 'has no image; name one with its version, such as registry.example/team/api:1.2.3'],
])('the image %s is refused', (image, problem) => {
  expect(findings(new ImageTagCheck(), [deployment('api', { containers: [{ name: 'main', image }] })])).toEqual([
    { path: 'test/Deployment-api', message: `Deployment api: container main ${problem}` },
  ]);
});

test('init and ephemeral containers are looked at too', () => {
  const spec = {
    initContainers: [{ name: 'first', image: 'a' }],
    containers: [{ name: 'main', image: 'a:1' }],
    ephemeralContainers: [{ name: 'debug', image: 'b:latest' }],
  };
  expect(findings(new ImageTagCheck(), [deployment('api', spec)]).map(({ message }) => message.slice(0, 40))).toEqual([
    'Deployment api: container first has the ',
    'Deployment api: container debug has the ',
  ]);
});

const COMPLETE = { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } };

test.each<[string, Json | undefined, Json | undefined, string | undefined]>([
  ['everything', COMPLETE, undefined, undefined],
  ['limits that are the requests too', { limits: { cpu: '1', memory: '1Gi' } }, undefined, undefined],
  ['resources of the pod', undefined, COMPLETE, undefined],
  ['nothing', undefined, undefined, 'requests.cpu, requests.memory, limits.memory; set them in its resources'],
  ['no memory limit', { requests: { cpu: 1, memory: '1Gi' } }, undefined, 'limits.memory; set it in its resources'],
  ['no cpu', { limits: { memory: '1Gi' } }, undefined, 'requests.cpu; set it in its resources'],
])('resources with %s', (_name, resources, podResources, missing) => {
  const spec = { resources: podResources, containers: [{ name: 'main', resources }] };
  expect(findings(new ResourcesCheck(), [deployment('api', spec)])).toEqual(
    missing === undefined
      ? []
      : [{ path: 'test/Deployment-api', message: `Deployment api: container main has no ${missing}` }],
  );
});

test('an init container needs resources, an ephemeral one cannot have them', () => {
  const spec = { initContainers: [{ name: 'first' }], ephemeralContainers: [{ name: 'debug' }], containers: [] };
  expect(findings(new ResourcesCheck(), [deployment('api', spec)])).toEqual([
    {
      path: 'test/Deployment-api',
      message:
        'Deployment api: container first has no requests.cpu, requests.memory, limits.memory; set them in its resources',
    },
  ]);
});
