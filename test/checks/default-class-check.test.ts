import { DefaultClassCheck } from '../../src/checks/default-class-check';
import { findings, Json } from './graph';

interface Case {
  readonly apiVersion: string;
  readonly kind: string;
  readonly isDefault: Json;
  readonly more?: Json;
  readonly message: string;
}

const annotated = (annotation: string): Json => ({ metadata: { annotations: { [annotation]: 'true' } } });

const CASES: Case[] = [
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    isDefault: annotated('storageclass.kubernetes.io/is-default-class'),
    message:
      'StorageClass b: is the default of the cluster beside a, which test/StorageClass-a makes, so that a claim that names no class gets the newest of the two; leave the annotation storageclass.kubernetes.io/is-default-class out of one of them',
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    isDefault: annotated('ingressclass.kubernetes.io/is-default-class'),
    message:
      'IngressClass b: is the default of the cluster beside a, which test/IngressClass-a makes, so that the API server refuses each Ingress that names no class; leave the annotation ingressclass.kubernetes.io/is-default-class out of one of them',
  },
  {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotClass',
    isDefault: annotated('snapshot.storage.kubernetes.io/is-default-class'),
    more: { driver: 'ebs.csi.aws.com' },
    message:
      'VolumeSnapshotClass b: is the default of the driver ebs.csi.aws.com beside a, which test/VolumeSnapshotClass-a makes, so that no snapshot is made that names no class; leave the annotation snapshot.storage.kubernetes.io/is-default-class out of one of them (VolumeSnapshotClass: isDefault: false)',
  },
  {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    isDefault: { globalDefault: true },
    message:
      'PriorityClass b: is the default of the cluster beside a, which test/PriorityClass-a makes, so that the API server refuses the second; leave globalDefault out of one of them',
  },
];

/** An object of a kind, the default or not. */
function made({ apiVersion, kind, isDefault, more = {} }: Case, name: string, byDefault = true): Json {
  const { metadata = {}, ...fields } = byDefault ? isDefault : {};
  return { apiVersion, kind, metadata: { name, ...(metadata as Json) }, ...more, ...fields };
}

const found = (objects: Json[], defaultStorageClass?: string): string[] =>
  findings(new DefaultClassCheck(), objects, { defaultStorageClass }).map(({ message }) => message);

test.each(CASES)('a second default $kind is found, at the second', (one) => {
  expect(found([made(one, 'a'), made(one, 'b', false)])).toEqual([]);
  expect(found([made(one, 'a'), made(one, 'b')])).toEqual([one.message]);
  expect(found([made(one, 'a'), made({ ...one, apiVersion: 'example.org/v1' }, 'b')])).toEqual([]);
});

test('a default among the items of a list is found too', () => {
  const [one] = CASES;
  const list = { apiVersion: 'v1', kind: 'List', metadata: { name: 'all' }, items: [made(one, 'b')] };
  expect(found([made(one, 'a'), list])).toEqual([one.message]);
});

test('each driver has a default class of snapshots', () => {
  const one = CASES[2];
  expect(found([made(one, 'a'), made({ ...one, more: { driver: 'disk.csi.azure.com' } }, 'b')])).toEqual([]);
});

test("the cluster's own default StorageClass counts, whether or not the graph has it, and in whatever order", () => {
  const [one] = CASES;
  expect(found([made(one, 'a')], 'a')).toEqual([]);
  expect(found([made(one, 'b')], 'standard')).toEqual([
    'StorageClass b: is the default of the cluster beside standard, which the cluster has, so that a claim that names no class gets the newest of the two; leave the annotation storageclass.kubernetes.io/is-default-class out of one of them',
  ]);
  expect(found([made(one, 'b'), made(one, 'a')], 'a')).toEqual([one.message]);
});
