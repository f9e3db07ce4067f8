import { findingsIn, Report } from '../diagnostic';
import { RunDescription } from './run';

/** A report for programs. */
export function jsonReport(report: Report, { command, environment, version }: RunDescription): string {
  const { documents, skipped, problems } = report;
  const passed = problems.length === 0 && findingsIn(report).length === 0;
  const manifests = documents.map(({ findings, policies, ...document }) => ({
    ...document,
    passed: findings.length === 0,
    ...(policies === undefined ? {} : { policies: policies.map(({ name, passed: kept }) => ({ name, passed: kept })) }),
    findings,
  }));
  const whole = { command, version, environment, passed, manifests, skipped, problems };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
