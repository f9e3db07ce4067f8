/** What the programs of a node are told. */
import * as path from 'node:path';

/** Name of the node. */
export const NODE_NAME = 'node-1';
/** Address of the node, where the API server listens too. */
export const NODE_ADDRESS = '10.99.0.1';
/** Port of the API server. */
export const API_PORT = 6443;
/** Addresses of the pods. */
export const PODS = '10.244.0.0/24';
/** Addresses of the Services. */
export const SERVICES = '10.96.0.0/16';
/** Socket of containerd. */
export const CONTAINERD = '/run/containerd/containerd.sock';
/** The image of the container that each pod has by itself. */
export const PAUSE_IMAGE = 'registry.k8s.io/pause:test';

const DNS = '10.96.0.10';

/** Pods are routed, not bridged: so each packet passes the hook where policies are enforced. */
export function podNetwork(): object {
  return {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'ptp',
        mtu: 1500,
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: '/run/cni-addresses',
          ranges: [[{ subnet: PODS }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
}

/** Configuration of containerd. */
export function containerdConfig(folder: string): string {
  return `version = 3
root = "${path.join(folder, 'containerd')}"
state = "/run/containerd"
oom_score = 0
[grpc]
address = "${CONTAINERD}"
[plugins.'io.containerd.cri.v1.images']
snapshotter = "overlayfs"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = "${PAUSE_IMAGE}"
[plugins.'io.containerd.cri.v1.runtime']
disable_hugetlb_controller = true
tolerate_missing_hugetlb_controller = true
# containers and virtual machines have no CAP_SYS_RESOURCE
restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ["/usr/lib/cni"]
conf_dir = "${path.join(folder, 'networks')}"
[plugins.'io.containerd.cri.v1.runtime'.containerd]
default_runtime_name = "runc"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
BinaryName = "/usr/sbin/runc"
SystemdCgroup = false
`;
}

/** Configuration of the kubelet. */
export function kubeletConfig(folder: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: '/',
    containerRuntimeEndpoint: `unix://${CONTAINERD}`,
    // only the API server can reach it
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    clusterDomain: 'cluster.local',
    clusterDNS: [DNS],
    resolvConf: path.join(folder, 'resolv.conf'),
    volumePluginDir: path.join(folder, 'volume-plugins'),
    failSwapOn: false,
    oomScoreAdj: 0,
    // no limit over all pods: the machine has other work
    enforceNodeAllocatable: [],
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    // images come from here and from nowhere else
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    kubeAPIQPS: 500,
    kubeAPIBurst: 1000,
    serializeImagePulls: false,
    // below the hard limit, which may not be raised
    maxOpenFiles: 16_384,
    // the cores are shared, and what a pod asks for is asked of a larger machine
    maxPods: 250,
  };
}

/** Configuration of kube-proxy. */
export function proxyConfig(folder: string): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clusterCIDR: '10.244.0.0/16',
    hostnameOverride: NODE_NAME,
    clientConnection: { kubeconfig: path.join(folder, 'kube-proxy.kubeconfig') },
    // settings of the whole machine
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    oomScoreAdj: 0,
  };
}
