/** No privileges and a root file system that cannot be written. The user and the seccomp profile are for the pod to say. */
export const UNPRIVILEGED_CONTAINER = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};

/** What Pod Security level `restricted` asks of a container, and a root file system that cannot be written. */
export const CONTAINER_SECURITY = {
  ...UNPRIVILEGED_CONTAINER,
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};
