import { spawnSync } from 'node:child_process';

import { GoTool, whyNoGo } from '../go-tool';

/** gitleaks (https://github.com/gitleaks/gitleaks). */
export const GITLEAKS: GoTool = tool('gitleaks', 'github.com/zricethezav/gitleaks/v8', 1);

/** crane (https://github.com/google/go-containerregistry), which has a registry too. */
export const CRANE: GoTool = tool('crane', 'github.com/google/go-containerregistry/cmd/crane', 1);

/** syft (https://github.com/anchore/syft). */
export const SYFT: GoTool = tool('syft', 'github.com/anchore/syft/cmd/syft', 4);

/** grype (https://github.com/anchore/grype). */
export const GRYPE: GoTool = tool('grype', 'github.com/anchore/grype/cmd/grype', 2);

/** cosign (https://github.com/sigstore/cosign). */
export const COSIGN: GoTool = tool('cosign', 'github.com/sigstore/cosign/v3/cmd/cosign', 4);

/** Writes a database for grype, which cannot be downloaded in a test. */
export const GRYPE_DATABASE: GoTool = tool('grype-database', './grype-database', 1);

/** What the steps of a delivery call, in the versions that the workflow installs. */
export const DELIVERY_TOOLS: readonly GoTool[] = [GITLEAKS, CRANE, SYFT, GRYPE, COSIGN, GRYPE_DATABASE];

/** Programs of the machine that the steps call beside these. */
const MACHINE_PROGRAMS = ['jq', 'git', 'curl', 'tar'];

/** Why a delivery cannot be made on this machine, or undefined where it can. */
export function whyNoDelivery(): string | undefined {
  const lacking = MACHINE_PROGRAMS.find((name) => spawnSync(name, ['--version']).status !== 0);
  return whyNoGo() ?? (lacking === undefined ? undefined : `there is no ${lacking}`);
}

function tool(name: string, main: string, minutes: number): GoTool {
  return { name, package: main, folder: __dirname, minutes };
}
