import { FootprintContainer, FootprintWorkload } from '../../contracts/footprint';

/**
 * The pods of the add-ons that ./add-ons.ts installs; EKS installs the same with its own images. What asks for nothing still takes a place
 * among the pods of a node. EKS publishes no manifests of its add-ons, so the requests are those of the charts that it makes them of, or of
 * add-ons as others saw them in their clusters; all looked up on 2026-11-28.
 *
 * - vpc-cni: https://github.com/aws/amazon-vpc-cni-k8s/blob/b521883/charts/aws-vpc-cni/values.yaml (1.23.1). `resources` is of all three
 *   containers, which templates/daemonset.yaml gives to those that have none of their own.
 * - eks-pod-identity-agent: https://github.com/aws/eks-pod-identity-agent/blob/d4dc0f3/charts/eks-pod-identity-agent/values.yaml (1.2.0)
 * - eks-node-monitoring-agent: https://github.com/aws/eks-node-monitoring-agent/blob/51af549/charts/eks-node-monitoring-agent/values.yaml
 *   (1.7.0). Its server for GPUs requests nothing and does not tolerate the taint of GPU nodes.
 * - aws-ebs-csi-driver: https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/429e202/charts/aws-ebs-csi-driver/values.yaml (2.64.0);
 *   sidecars without resources of their own get those of the driver. `volumemodifier` and `metadata-labeler` are off.
 * - coredns: two pods, as eksctl keeps the add-on of EKS 1.36:
 *   https://github.com/eksctl-io/eksctl/blob/99984ad/pkg/addons/default/assets/coredns-1.36.json (v1.14.3-eksbuild.11)
 * - kube-proxy: 100m, as a cluster of EKS 1.31 shows it in
 *   https://github.com/AhmadShaaban1/cloud-native-ecommerce/blob/51cf73f/docs/cluster-info.md (v1.31.10-minimal-eksbuild.8, January 2026).
 *   Newer versions were not to be had.
 * - snapshot-controller: not verified for EKS, of which nothing is published; two pods without requests, as in
 *   https://github.com/kubernetes-csi/external-snapshotter/blob/master/deploy/kubernetes/snapshot-controller/setup-snapshot-controller.yaml
 */
export function addOnWorkloads(): FootprintWorkload[] {
  return [
    {
      ...onEachNode('aws-node', [
        { name: 'aws-node', cpu: '25m' },
        { name: 'aws-eks-nodeagent', cpu: '25m' },
      ]),
      initContainers: [{ name: 'aws-vpc-cni-init', cpu: '25m' }],
    },
    onEachNode('kube-proxy', [{ name: 'kube-proxy', cpu: '100m' }]),
    onEachNode('eks-pod-identity-agent', [{ name: 'eks-pod-identity-agent' }]),
    onEachNode('eks-node-monitoring-agent', [{ name: 'eks-node-monitoring-agent', cpu: '10m', memory: '30Mi' }]),
    onEachNode('ebs-csi-node', driver(['ebs-plugin', 'node-driver-registrar', 'liveness-probe'])),
    twice('ebs-csi-controller', driver(['ebs-plugin', ...SIDECARS])),
    twice('coredns', [{ name: 'coredns', cpu: '100m', memory: '70Mi' }]),
    twice('snapshot-controller', [{ name: 'snapshot-controller' }]),
  ];
}

const SIDECARS = ['csi-provisioner', 'csi-attacher', 'csi-snapshotter', 'csi-resizer', 'liveness-probe'];

/** The containers of the driver of EBS. */
function driver(names: readonly string[]): FootprintContainer[] {
  return names.map((name) => ({ name, cpu: '10m', memory: '40Mi' }));
}

function onEachNode(name: string, containers: FootprintContainer[]): FootprintWorkload {
  return { kind: 'DaemonSet', name, containers, tolerations: [{ operator: 'Exists' }], podSecurity: 'privileged' };
}

function twice(name: string, containers: FootprintContainer[]): FootprintWorkload {
  return { kind: 'Deployment', name, replicas: 2, containers, podSecurity: 'privileged' };
}
