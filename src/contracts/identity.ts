/**
 * Who a workload is: its ServiceAccount. Providers attach permissions to it (a Pod Identity role on AWS, a copied
 * credential on Kind); no other layer needs to know how.
 */
export interface IWorkloadIdentity {
  /** Namespace of the ServiceAccount. */
  readonly namespace: string;
  /** Name of the ServiceAccount. */
  readonly serviceAccountName: string;
}
