import { ModelEvidence } from '../../../src/kinds/model-deployment/evidence';
import { ServedSpec } from '../../../src/kinds/model-deployment/plan';
import { ReportContext, SyncContext } from '../runtime/operator';

/** A ModelDeployment's spec. */
export type ModelDeploymentJson = ModelEvidence & ServedSpec & { readonly rollbackTo?: string };

/** What the functions of this operator work on. */
export type DeploymentContext = SyncContext<ModelDeploymentJson>;

/** What its reports are made from. */
export type DeploymentReportContext = ReportContext<ModelDeploymentJson>;

/** The former version that the spec asks for in place of its own. */
export function olderVersion({ model, rollbackTo }: ModelDeploymentJson): string | undefined {
  return rollbackTo === model?.version ? undefined : rollbackTo;
}

/** Whether a Service, and what is labelled with the name, can have it. */
export function isServiceName(name: string): boolean {
  return /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name);
}
