/** Namespace of Metacontroller. */
export const METACONTROLLER_NAMESPACE = 'metacontroller';

/** Labels of Metacontroller's pods. */
export const METACONTROLLER_POD_LABELS: { readonly [key: string]: string } = {
  'app.kubernetes.io/name': 'metacontroller-helm',
  'app.kubernetes.io/instance': 'metacontroller',
};

/** Name of Metacontroller's ServiceAccount. */
export const METACONTROLLER_SERVICE_ACCOUNT = 'metacontroller';

/** What the API server calls that account. */
export const METACONTROLLER_USER = `system:serviceaccount:${METACONTROLLER_NAMESPACE}:${METACONTROLLER_SERVICE_ACCOUNT}`;

/** The label of the ClusterRoles that together are what Metacontroller may do. */
export const METACONTROLLER_ROLE_LABEL = 'nstarx.io/aggregate-to-metacontroller';

/** Port of Metacontroller's metrics. */
export const METACONTROLLER_METRICS_PORT = 9999;
