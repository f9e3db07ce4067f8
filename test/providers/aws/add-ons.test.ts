import { AwsOutput, resources, resourceWith, synthAws } from './terraform';

let output: AwsOutput;
beforeAll(() => {
  output = synthAws();
});

test('add-ons: network policies are on, and each add-on that calls AWS has a role of its own', () => {
  const addOns = resources(output.infrastructure, 'aws_eks_addon');
  expect(addOns.map((addOn) => addOn.addon_name).sort()).toEqual([
    'aws-ebs-csi-driver',
    'coredns',
    'eks-node-monitoring-agent',
    'eks-pod-identity-agent',
    'kube-proxy',
    'snapshot-controller',
    'vpc-cni',
  ]);
  for (const { addon_name, addon_version } of addOns) {
    expect(addon_version).toMatch(/^\$\{data\.aws_eks_addon_version\..*-version_\w+\.version\}$/);
    expect(addon_version).toContain(`${String(addon_name)}-version`);
  }
  const versions = Object.values(output.infrastructure.data?.aws_eks_addon_version ?? {});
  expect(new Set(versions.map((version) => version.kubernetes_version))).toEqual(new Set(['1.36']));
  const cni = resourceWith(output.infrastructure, 'aws_eks_addon', { addon_name: 'vpc-cni' });
  expect(JSON.parse(cni.configuration_values as string)).toMatchObject({ enableNetworkPolicy: 'true' });
  expect(cni.pod_identity_association).toEqual([
    { role_arn: expect.stringContaining('vpc-cni-role'), service_account: 'aws-node' },
  ]);
  const ebs = resourceWith(output.infrastructure, 'aws_eks_addon', { addon_name: 'aws-ebs-csi-driver' });
  expect(ebs.pod_identity_association).toEqual([
    { role_arn: expect.stringContaining('ebs-csi-driver-role'), service_account: 'ebs-csi-controller-sa' },
  ]);
});

test('nodes wait for the network add-ons and their own permissions, DNS waits for the general nodes only', () => {
  const group = resources(output.infrastructure, 'aws_eks_node_group')[0];
  const waitsFor = JSON.stringify(group.depends_on);
  for (const needed of ['vpc-cni', 'kube-proxy', 'pod-identity-agent', 'AmazonEKSWorkerNodePolicy', 'private-route']) {
    expect(waitsFor).toContain(needed);
  }
  const dns = resourceWith(output.infrastructure, 'aws_eks_addon', { addon_name: 'coredns' });
  expect(dns.depends_on).toEqual([expect.stringMatching(/^aws_eks_node_group\.nodes-general/)]);
});

test('volumes can be snapshotted, by Velero too, and the snapshots outlive their namespace', () => {
  expect(output.manifest('storage-class/volumesnapshotclass-ebs.yaml')).toMatchObject({
    metadata: {
      labels: { 'velero.io/csi-volumesnapshot-class': 'true' },
      annotations: { 'snapshot.storage.kubernetes.io/is-default-class': 'true' },
    },
    driver: 'ebs.csi.aws.com',
    deletionPolicy: 'Retain',
  });
  expect(output.cluster.capabilities.volumeSnapshots).toBe(true);
});

test('the default StorageClass is encrypted gp3 in the zone of the pod', () => {
  const manifest = output.manifest('storage-class/storageclass-gp3.yaml');
  expect(manifest).toMatchObject({
    kind: 'StorageClass',
    metadata: { name: 'gp3', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'ebs.csi.aws.com',
    parameters: { type: 'gp3', encrypted: 'true', kmsKeyId: 'alias/production-volumes' },
    volumeBindingMode: 'WaitForFirstConsumer',
    allowVolumeExpansion: true,
  });
  expect(output.cluster.defaultStorageClass).toBe('gp3');
  resourceWith(output.infrastructure, 'aws_kms_alias', { name: 'alias/production-volumes' });
});
