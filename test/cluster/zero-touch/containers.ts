import type { Cluster } from '../cluster';
import type { KubernetesObject } from '../types';
import type { Program } from './process-kubelet';

/** The spec of a pod, as far as it is run here. */
export interface PodSpec {
  readonly restartPolicy: string;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
}

/** A container of a pod. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly Variable[];
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly readinessProbe?: { readonly httpGet?: { readonly path: string; readonly port: number | string } };
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: object; readonly fieldRef?: { readonly fieldPath: string } };
}

/** Folders of a container, and where they are on this machine. */
export type Mapping = { readonly [folder: string]: string };

/** What a container starts, and its variables: those of the image, of the ConfigMaps, its own. */
export async function containerVariables(
  cluster: Cluster,
  pod: KubernetesObject,
  container: Container,
  program: Program,
  folders: Mapping,
): Promise<{ readonly command: readonly string[]; readonly env: { readonly [name: string]: string } }> {
  const { namespace } = pod.metadata;
  const all: { [name: string]: string } = { ...program.env };
  for (const { configMapRef } of container.envFrom ?? []) {
    if (!configMapRef) throw new Error(`${container.name} takes variables from something that is not played`);
    const map = await cluster.get<{ readonly data?: { readonly [name: string]: string } }>({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: configMapRef.name,
      namespace,
    });
    Object.assign(all, map.data);
  }
  for (const { name, value = '', valueFrom } of container.env ?? []) {
    if (valueFrom) throw new Error(`${container.name} takes ${name} from something that is not played`);
    all[name] = expanded(value, all);
  }
  const here = (text: string): string => mapped(text, folders);
  const env = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, here(value)]));
  const given = [...(container.command ?? program.entrypoint), ...(container.args ?? [])];
  return { command: given.map((text) => here(expanded(text, all))), env };
}

/** `$(NAME)` is a variable that was set before, and `$$` a dollar sign, as Kubernetes has it. */
function expanded(text: string, variables: { readonly [name: string]: string }): string {
  return text.replace(/\$\$|\$\(([A-Za-z_][\w.-]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? '$' : (variables[name] ?? whole),
  );
}

/** A value or an option that is a path in one of the folders is the path here; a program's text is left as it is. */
function mapped(text: string, folders: Mapping): string {
  for (const [folder, here] of Object.entries(folders)) {
    const found = /^(--[\w-]+=)?(\/[^\s:]*)$/.exec(text);
    const [, option = '', file = ''] = found ?? [];
    if (file === folder || file.startsWith(`${folder}/`)) return `${option}${here}${file.slice(folder.length)}`;
  }
  return text;
}
