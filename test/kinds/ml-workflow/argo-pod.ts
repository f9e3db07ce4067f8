import { Json, Synthesized } from './support';

interface Mount {
  readonly name: string;
  readonly mountPath: string;
}

interface Container extends Json {
  readonly name: string;
  readonly volumeMounts: readonly Mount[];
}

const VAR_ARGO = { name: 'var-run-argo', mountPath: '/var/run/argo' };

/**
 * The containers of the pod that Argo makes of a template, as far as names and mounts go: its own ones, those of the template, the
 * patch, and then the mounts that it adds to all.
 *
 * Source: https://github.com/argoproj/argo-workflows/blob/v4.0.6/workflow/controller/workflowpod.go (createWorkflowPod)
 */
export function argoPod(
  made: Synthesized,
  template: string,
): { readonly init: Container[]; readonly main: Container[] } {
  const { container, resource, initContainers = [], podSpecPatch } = made.template(template);
  const own = (name: string): Container => ({ name, isArgo: true, volumeMounts: [] });
  const mounts = (container?.volumeMounts ?? []) as Mount[];
  const main = resource ? [own('main')] : [own('wait'), { ...container, name: 'main', volumeMounts: mounts }];
  const init = [
    own('init'),
    ...(initContainers as Container[]).map((one) => ({
      ...one,
      volumeMounts: [...(one.volumeMounts ?? []), ...(one.mirrorVolumeMounts ? mounts : [])],
    })),
  ].map((one) => ({ ...one, volumeMounts: [...one.volumeMounts, VAR_ARGO] }));
  const patch = JSON.parse(podSpecPatch as string) as { initContainers?: Container[]; containers?: Container[] };
  return {
    init: patched(init, patch.initContainers),
    main: patched(main, patch.containers).map((one, at) => ({
      ...one,
      volumeMounts: [
        ...one.volumeMounts,
        ...(one.isArgo ? [{ name: 'tmp-dir-argo', mountPath: '/tmp', subPath: String(at) }] : []),
        VAR_ARGO,
      ],
    })),
  };
}

/** A strategic merge patch: containers are the same by their name, mounts by their path. */
function patched(containers: readonly Container[], patches: readonly Container[] = []): Container[] {
  return containers.map((container) => {
    const { volumeMounts = [], ...more } = patches.find(({ name }) => name === container.name) ?? {};
    const paths = volumeMounts.map(({ mountPath }) => mountPath);
    return {
      ...container,
      ...more,
      volumeMounts: [...volumeMounts, ...container.volumeMounts.filter(({ mountPath }) => !paths.includes(mountPath))],
    };
  });
}
