import { FootprintReference } from '../../../src/contracts';
import { object } from '../graph';
import { boot, component, messages, pods } from './support';

const SECRET = object('v1', 'Secret', 'keys', {}, 'shop');

/** A component `shop` with values, whose footprint names some of them. */
function shop(values: object, references: FootprintReference[] = []) {
  return component('shop', { ...pods(), references }, { values: values as { [key: string]: unknown } });
}

const named: FootprintReference = { kind: 'Secret', nameAt: 'auth.existingSecret' };

test('a Secret that a value names and nothing makes is found, with the value', () => {
  const steps = { only: { components: [shop({ auth: { existingSecret: 'keys' } }, [named])] } };
  expect(boot(steps).findings).toEqual([
    {
      path: 'test',
      message:
        'component shop (only): its value auth.existingSecret names Secret keys in namespace shop, which nothing creates; deliver it with an ExternalSecret or a Certificate, or name it to environment.addExistingObject() where it is made by hand, or correct the value',
    },
  ]);
});

test('a Secret that comes after what waits for it is found', () => {
  const components = [shop({ auth: { existingSecret: 'keys' } }, [named])];
  const late = { first: { components }, second: { manifests: [SECRET] } };
  expect(messages(boot(late))).toEqual([
    'component shop (first): its value auth.existingSecret names Secret keys in namespace shop, which comes later (second); what is waited for would never be ready; bring it in an earlier step (with Argo CD: a lower argocd.argoproj.io/sync-wave), or what needs it in a later one',
  ]);
  expect(messages(boot({ ...late, first: { components, waits: false } }))).toEqual([]);
  expect(messages(boot({ first: { manifests: [SECRET] }, second: { components } }))).toEqual([]);
});

test.each<[string, object, FootprintReference]>([
  ['without a name', { auth: {} }, named],
  ['with an empty name', { auth: { existingSecret: '' } }, named],
  ['that is switched off', { auth: { existingSecret: 'keys' } }, { ...named, enabledAt: 'auth.enabled' }],
  ['that only Terraform knows', { auth: { existingSecret: '${TfToken[TOKEN.1]}' } }, named],
  ['that may be missing', { auth: { existingSecret: [{ name: 'keys', optional: true }] } }, named],
])('nothing is needed by a value %s', (_what, values, reference) => {
  expect(messages(boot({ only: { components: [shop(values, [reference])] } }))).toEqual([]);
});

test('a Secret of a controller, one that exists, and one among the values are there', () => {
  const components = [shop({ auth: { existingSecret: 'keys' } }, [named])];
  const external = object('external-secrets.io/v1', 'ExternalSecret', 'keys', { spec: {} }, 'shop');
  const objects = [{ kind: 'Secret', name: 'keys', namespace: 'shop' }];
  const own = [SECRET, external].map((one) => shop({ auth: { existingSecret: 'keys' }, extraObjects: [one] }, [named]));
  expect(messages(boot({ first: { manifests: [external] }, second: { components } }))).toEqual([]);
  expect(messages(boot({ only: { components } }, { objects }))).toEqual([]);
  for (const one of own) expect(messages(boot({ only: { components: [one] } }))).toEqual([]);
});

test.each<[string, object, string[]]>([
  [
    'variables',
    { extraEnv: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } }] },
    ['Secret keys'],
  ],
  [
    'variables of a ConfigMap',
    { env: [{ valueFrom: { configMapKeyRef: { name: 'flags', key: 'a' } } }] },
    ['ConfigMap flags'],
  ],
  [
    'all variables',
    { envFrom: [{ secretRef: { name: 'keys' } }, { configMapRef: { name: 'flags' } }] },
    ['Secret keys', 'ConfigMap flags'],
  ],
  [
    'volumes',
    {
      server: {
        extraVolumes: [
          { name: 'a', secret: { secretName: 'keys' } },
          { name: 'b', configMap: { name: 'flags' } },
        ],
      },
    },
    ['Secret keys', 'ConfigMap flags'],
  ],
  ['projected volumes', { volumes: [{ projected: { sources: [{ secret: { name: 'keys' } }] } }] }, ['Secret keys']],
  [
    'claims',
    { volumes: [{ persistentVolumeClaim: { claimName: 'data' } }], persistence: { existingClaim: 'more' } },
    ['PersistentVolumeClaim data', 'PersistentVolumeClaim more'],
  ],
  ['pull secrets', { imagePullSecrets: ['registry', { name: 'other' }] }, ['Secret registry', 'Secret other']],
  [
    'an account that the chart does not make',
    { serviceAccount: { create: false, name: 'shop' } },
    ['ServiceAccount shop'],
  ],
  ['an account that the chart makes', { serviceAccount: { create: true, name: 'shop' } }, []],
  ['what may be missing', { envFrom: [{ secretRef: { name: 'keys', optional: true } }] }, []],
  [
    'one object twice',
    { a: { envFrom: [{ secretRef: { name: 'keys' } }] }, b: { envFrom: [{ secretRef: { name: 'keys' } }] } },
    ['Secret keys'],
  ],
])('what values have in the form of pods is followed: %s', (_what, values, expected) => {
  const found = messages(boot({ only: { components: [shop(values)] } }));
  expect(found.map((message) => / names (\w+ \S+) in namespace shop, /.exec(message)?.[1])).toEqual(expected);
});
