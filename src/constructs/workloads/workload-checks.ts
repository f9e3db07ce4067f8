import { IConstruct } from 'constructs';
import { fail } from '../../contracts/errors';
import { isPinned, parseImage } from '../../contracts/image-reference';
import { byteQuantity, cpuQuantity, parseQuantity } from '../../contracts/quantity';
import { checkWhole } from '../../contracts/bounds';
import { Volume } from './volume';
import { WorkloadProps } from './workload-props';

/** Refuses what is malformed in the props that every workload has. */
export function checkProps(workload: IConstruct, props: WorkloadProps): void {
  checkImage(workload, props.image);
  const cpu = cpuQuantity(workload, 'cpu', props.cpu ?? '100m');
  const memory = byteQuantity(workload, 'memory', props.memory ?? '256Mi');
  if (props.cpuLimit !== undefined) {
    cpuQuantity(workload, 'cpuLimit', props.cpuLimit);
    checkLimit(workload, 'cpuLimit', props.cpuLimit, 'cpu', cpu);
  }
  if (props.memoryLimit !== undefined) {
    byteQuantity(workload, 'memoryLimit', props.memoryLimit);
    checkLimit(workload, 'memoryLimit', props.memoryLimit, 'memory', memory);
  }
  if (props.tmpSize !== undefined) byteQuantity(workload, 'tmpSize', props.tmpSize);
  if (props.metricsPath !== undefined && !props.metricsPath.startsWith('/')) {
    fail(workload, 'metricsPath', 'must start with a slash', props.metricsPath, `write it as '/${props.metricsPath}'`);
  }
  checkWhole(
    workload,
    'runAsUser',
    props.runAsUser,
    1,
    2 ** 31 - 1,
    'give a user other than root (0), which Pod Security restricted refuses',
  );
  checkWhole(workload, 'fsGroup', props.fsGroup, 1, 2 ** 31 - 1, 'give the group that owns the volumes');
  checkWhole(workload, 'terminationGracePeriodSeconds', props.terminationGracePeriodSeconds, 1, 86_400, 'give seconds');
  checkVolumes(workload, props.volumes ?? []);
  checkLabels(workload, props);
  if (props.nodePool !== undefined && props.cluster) {
    const pools = props.cluster.nodePools.map((pool) => pool.name);
    if (!pools.includes(props.nodePool)) {
      fail(workload, 'nodePool', 'must name a pool of the cluster', props.nodePool, `use one of: ${pools.join(', ')}`);
    }
  }
}

function checkImage(workload: IConstruct, image: string): void {
  const reference = parseImage(image);
  if (!reference) {
    fail(
      workload,
      'image',
      'must be the name of a container image',
      image,
      "write it like 'registry.example/team/api:1.2.3'",
    );
  }
  if (!isPinned(reference)) {
    fail(
      workload,
      'image',
      'must have a digest, or a tag other than latest',
      image,
      `pin a version, such as '${reference.repository}:1.2.3'; otherwise two pods of one workload may run different code`,
    );
  }
}

function checkLimit(workload: IConstruct, prop: string, limit: string, of: string, request: string): void {
  if ((parseQuantity(limit) ?? 0) < (parseQuantity(request) ?? 0)) {
    fail(workload, prop, `must be at least ${of} (${request})`, limit, `raise ${prop}, or lower ${of}`);
  }
}

function checkLabels(workload: IConstruct, { component, partOf, labels = {} }: WorkloadProps): void {
  const name = '[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?';
  const all = Object.entries({ component, partOf }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  for (const [prop, value] of [...all, ...Object.values(labels).map((one): [string, string] => ['labels', one])]) {
    if (value === '' && prop === 'labels') continue;
    if (!new RegExp(`^${name}$`).test(value)) {
      fail(
        workload,
        prop,
        'must be a label value of at most 63 characters',
        value,
        'use letters, digits, dots, hyphens and underscores, starting and ending with a letter or digit',
      );
    }
  }
  for (const key of Object.keys(labels)) {
    if (!new RegExp(`^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?${name}$`).test(key)) {
      fail(workload, 'labels', 'must have valid label keys', key, "write it like 'team' or 'example.com/team'");
    }
  }
}

function checkVolumes(workload: IConstruct, volumes: Volume[]): void {
  const names = new Set<string>(volumes.some((volume) => volume.mountPath === '/tmp') ? [] : ['tmp']);
  const paths = new Set<string>();
  for (const { name, mountPath } of volumes) {
    if (names.has(name)) fail(workload, 'volumes', 'must have names of their own', name, 'rename one of them');
    if (paths.has(mountPath)) {
      fail(workload, 'volumes', 'must have mount paths of their own', mountPath, 'mount one of them elsewhere');
    }
    names.add(name);
    paths.add(mountPath);
  }
}
