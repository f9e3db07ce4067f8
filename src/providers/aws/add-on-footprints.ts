import { FootprintContainer, FootprintWorkload } from '../../contracts/footprint';

/**
 * The pods of the add-ons that ./add-ons.ts installs, as their charts and manifests have them in November 2026; EKS installs the same with
 * its own images. What asks for nothing still takes a place among the pods of a node.
 *
 * - vpc-cni: https://github.com/aws/amazon-vpc-cni-k8s/blob/master/charts/aws-vpc-cni/values.yaml, both containers
 * - eks-pod-identity-agent: https://github.com/aws/eks-pod-identity-agent/blob/main/charts/eks-pod-identity-agent/values.yaml
 * - eks-node-monitoring-agent: https://github.com/aws/eks-node-monitoring-agent/blob/main/charts/eks-node-monitoring-agent/values.yaml; its
 *   server for GPUs does not tolerate the taint of GPU nodes
 * - aws-ebs-csi-driver: https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/charts/aws-ebs-csi-driver/values.yaml; sidecars
 *   ask for as much as the driver
 * - coredns: two pods, with the requests of
 *   https://github.com/kubernetes/kubernetes/blob/master/cluster/addons/dns/coredns/coredns.yaml.base
 * - kube-proxy: 100m, as in https://github.com/kubernetes/kubernetes/blob/master/cluster/addons/kube-proxy/kube-proxy-ds.yaml
 * - snapshot-controller: two pods without requests,
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
