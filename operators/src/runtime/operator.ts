import { OperatorSettings } from '../../../src/kinds/operators/operator-settings';
import * as contract from './contract';

/* The contract of operators, with what those of the platform have to know of it. */

export { Preflight, Problem, Problems, Report, Revision, RevisionOutcome } from './contract';

/** An operator of the platform. */
export type Operator<Spec> = contract.Operator<Spec, OperatorSettings>;

/** What an operator of the platform knows when it is called. */
export type SyncContext<Spec> = contract.SyncContext<Spec, OperatorSettings>;

/** What an operator of the platform reports from. */
export type ReportContext<Spec> = contract.ReportContext<Spec, OperatorSettings>;

/** How an operator of the platform keeps old versions. */
export type Versioning<Spec> = contract.Versioning<Spec, OperatorSettings>;
