/**
 * Names of the extended resources that are devices of nodes, as a regular expression that both JavaScript and CEL (RE2) read. Pods may
 * ask for these and tolerate their taints; another extended resource would be a way to choose the taints that a pod tolerates.
 *
 * Sources: https://github.com/NVIDIA/k8s-device-plugin, https://github.com/ROCm/k8s-device-plugin,
 * https://awsdocs-neuron.readthedocs-hosted.com/en/latest/containers/kubernetes-getting-started.html
 */
export const DEVICES =
  '^(nvidia[.]com/(gpu([.]shared)?|mig-[1-9]g[.][1-9][0-9]*gb([.]me)?([.]shared)?)|amd[.]com/gpu|' +
  'aws[.]amazon[.]com/neuron(core|device)?|habana[.]ai/gaudi|gpu[.]intel[.]com/(i915|xe)|google[.]com/tpu)$';

const DEVICE = new RegExp(DEVICES);

/** What the names have in common, for messages. */
export const DEVICE_EXAMPLES = 'nvidia.com/gpu, nvidia.com/mig-1g.10gb, amd.com/gpu or aws.amazon.com/neuron';

/** The taint of nodes with NVIDIA's GPUs, whatever the GPUs are offered as: whole, shared or divided. */
export const NVIDIA_TAINT = 'nvidia.com/gpu';

/** Whether an extended resource is a device. */
export function isDevice(resource: string): boolean {
  return DEVICE.test(resource);
}

/** Names of the devices that are asked for: an amount of 0 asks for none. */
export function devicesOf(amounts: Readonly<Record<string, string | number>>): string[] {
  return Object.keys(amounts)
    .filter((resource) => isDevice(resource) && Number(amounts[resource]) > 0)
    .sort();
}

/** Key of the taint of nodes with a device. */
export function taintOf(device: string): string {
  return device.startsWith('nvidia.com/') ? NVIDIA_TAINT : device;
}

/** What a pod with these devices tolerates: nodes are tainted with the name of their device, and NVIDIA's with that of a whole GPU. */
export function deviceTolerations(devices: readonly string[]): { [key: string]: string }[] {
  const taints = devices.flatMap((device) => [device, taintOf(device)]);
  return [...new Set(taints)].sort().map((key) => ({ key, operator: 'Exists', effect: 'NoSchedule' }));
}
