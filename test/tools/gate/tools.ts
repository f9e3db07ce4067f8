import { spawnSync } from 'node:child_process';

import { goTool, GoTool } from '../go-tool';

/** Open Policy Agent (https://www.openpolicyagent.org), in the version that Gatekeeper has. */
export const OPA: GoTool = {
  name: 'opa',
  package: 'github.com/open-policy-agent/opa',
  folder: __dirname,
  optimized: true,
  minutes: 3,
};

/** The linter of Rego (https://github.com/open-policy-agent/regal). */
export const REGAL: GoTool = {
  name: 'regal',
  package: 'github.com/open-policy-agent/regal',
  folder: __dirname,
  minutes: 2,
};

/** Gatekeeper's engine without a cluster (https://open-policy-agent.github.io/gatekeeper/website/docs/gator). */
export const GATOR: GoTool = {
  name: 'gator',
  package: 'github.com/open-policy-agent/gatekeeper/v3/cmd/gator',
  folder: __dirname,
  minutes: 4,
};

/** The programs of the policies. */
export const GATE_TOOLS: readonly GoTool[] = [OPA, REGAL, GATOR];

/** How a program ended, and what it said. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of the programs. */
export async function runTool(tool: GoTool, args: readonly string[], cwd: string, input?: string): Promise<Ended> {
  return spawnSync(await goTool(tool), args, { cwd, input, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
}
