/**
 * Says what `npm test` needs, has, will fetch and how long it takes, before it begins; with CI=true, ends it at once where something is missing.
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { unbuiltPrograms, whyUnavailable } from '../test/cluster/build';
import { findCrds } from '../test/cluster/crds';
import { cacheFolder } from '../test/cluster/go-programs';
import { unbuiltPrograms as unbuiltNodePrograms, whyUnavailable as whyNoTestNode } from '../test/node/programs';
import { isBuilt, whyNoGo } from '../test/tools/go-tool';
import { whyNoJava } from '../test/tools/java';
import { GATE_TOOLS } from '../test/tools/gate/tools';
import { ENGINE } from '../test/tools/admission/judge';
import { POLICY_ENGINE } from '../test/tools/network-policies/engine';
import { GO_LINTERS } from '../test/tools/lint/go-linters';
import { whyNoPostgres } from '../test/tools/postgres';
import { ALERTING_TOOLS, whyNoAlertmanager } from '../test/tools/alerting/alertmanager';
import { hasPromtool } from '../test/tools/promtool';
import { DELIVERY_TOOLS } from '../test/tools/supply-chain/tools';
import { environments, whyNoPython } from '../test/tools/python';

/** Something that the tests need. */
export interface Need {
  readonly what: string;
  /** Why it cannot be had here. @default - it can */
  readonly missing?: string;
  /** What is not run without it. */
  readonly for: string;
  /** Whether CI can do without it, because the tests are then named as not run. @default false */
  readonly isOptional?: boolean;
  /** What is fetched or built the first time. @default - nothing */
  readonly first?: { readonly megabytes: number; readonly minutes: number };
}

/** Minutes on two cores with everything in the cache. */
const MINUTES = 20;
const DISK_GIB = 8;

/** The text for these needs, and whether a run in CI may begin. */
export function summaryOf(needs: readonly Need[]): { readonly text: string; readonly mayBegin: boolean } {
  const missing = needs.filter((need) => need.missing !== undefined);
  const fetched = needs.filter((need) => need.missing === undefined && need.first !== undefined);
  const sum = (of: (first: NonNullable<Need['first']>) => number): number =>
    fetched.reduce((total, { first }) => total + (first ? of(first) : 0), 0);
  const megabytes = sum((first) => first.megabytes);
  const minutes = MINUTES + sum((first) => first.minutes);
  const lines = [
    `npm test takes about ${minutes} minutes on two cores${megabytes > 0 ? ` and fetches about ${megabytes} MB, once` : ''}`,
    ...fetched.map(({ what, first }) => `  once: ${what}, ${first?.megabytes} MB, ${first?.minutes} minutes`),
    ...missing.map((need) => `  missing: ${need.what} (${need.missing}); not run: ${need.for}`),
  ];
  return {
    text: `${lines.join('\n')}\n`,
    mayBegin: missing.every(({ isOptional }) => isOptional),
  };
}

function needs(): Need[] {
  const python = whyNoPython();
  const programs = unbuiltPrograms();
  const nodePrograms = unbuiltNodePrograms();
  const go = whyNoGo();
  return [
    { what: 'Node 20.9', missing: whyNoNode(), for: 'everything' },
    { what: `${DISK_GIB} GiB of disk`, missing: whyNoDisk(), for: 'what needs packages' },
    {
      what: 'Go 1.26, for a Kubernetes control plane',
      missing: whyUnavailable(),
      for: 'test/cluster',
      first: programs.length > 0 ? { megabytes: 300, minutes: programs.length * 4 } : undefined,
    },
    {
      what: 'root on Linux and Go 1.26, for a node that runs pods',
      missing: whyNoTestNode(),
      for: 'test/node',
      isOptional: true,
      first: nodePrograms.length > 0 ? { megabytes: 250, minutes: nodePrograms.length > 1 ? 6 : 1 } : undefined,
    },
    {
      what: 'third-party CRDs',
      missing: findCrds() === undefined ? 'no folder has them: `npm run crds` fetches 39 MB' : undefined,
      for: 'the tests of third-party kinds',
    },
    {
      what: 'promtool',
      missing: go,
      for: 'the tests of alerts',
      first: go === undefined && !hasPromtool() ? { megabytes: 200, minutes: 4 } : undefined,
    },
    {
      what: 'Alertmanager, and openssl for the certificates of its receivers',
      missing: whyNoAlertmanager(),
      for: 'the tests of alert routing',
      first: go === undefined && !ALERTING_TOOLS.every(isBuilt) ? { megabytes: 150, minutes: 5 } : undefined,
    },
    {
      what: 'opa, regal and gator',
      missing: go,
      for: 'the tests of the policy gate',
      first: go === undefined && !GATE_TOOLS.every(isBuilt) ? { megabytes: 250, minutes: 8 } : undefined,
    },
    {
      what: "Kyverno's engine",
      missing: go,
      for: 'the tests of the admission of models',
      first: go === undefined && !isBuilt(ENGINE) ? { megabytes: 380, minutes: ENGINE.minutes } : undefined,
    },
    {
      what: 'the engine of network policies',
      missing: go,
      for: 'the tables of who reaches whom',
      first:
        go === undefined && !isBuilt(POLICY_ENGINE) ? { megabytes: 90, minutes: POLICY_ENGINE.minutes } : undefined,
    },
    {
      what: 'kube-score and actionlint',
      missing: go,
      for: 'what linters say',
      first: go === undefined && !GO_LINTERS.every(isBuilt) ? { megabytes: 40, minutes: 1 } : undefined,
    },
    {
      what: 'gitleaks, crane, syft, grype and cosign',
      missing: go,
      for: 'the delivery of models',
      first: go === undefined && !DELIVERY_TOOLS.every(isBuilt) ? { megabytes: 500, minutes: 12 } : undefined,
    },
    {
      what: 'jq, git, curl and GNU tar',
      missing: ['jq', 'git', 'curl', 'tar'].find((name) => spawnSync(name, ['--version']).status !== 0),
      for: 'the delivery of models',
    },
    ...environments().map(({ name, megabytes, isInstalled }) => ({
      what: `Python packages of ${name}`,
      missing: python,
      for: name === 'linters' ? 'what linters say' : `the tests of ${name}`,
      first: isInstalled ? undefined : { megabytes, minutes: Math.ceil(megabytes / 200) },
    })),
    { what: 'Java 17', missing: whyNoJava(), for: 'the tests with Spark and Flink' },
    { what: 'PostgreSQL', missing: whyNoPostgres(), for: 'the tests of pipeline-runner' },
    {
      what: 'Terraform',
      missing: spawnSync('terraform', ['version']).status === 0 ? undefined : 'it is not on the PATH',
      for: 'terraform validate and plan',
      isOptional: process.env.ML_PLATFORM_TERRAFORM === 'optional',
    },
  ];
}

function whyNoNode(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 9) ? undefined : `this is ${process.version}`;
}

function whyNoDisk(): string | undefined {
  if (environments().every(({ isInstalled }) => isInstalled)) return undefined;
  let folder = cacheFolder();
  while (!fs.existsSync(folder)) folder = path.dirname(folder);
  const { bavail, bsize } = fs.statfsSync(folder);
  const gib = (bavail * bsize) / 2 ** 30;
  return gib >= DISK_GIB ? undefined : `${folder} has ${gib.toFixed(1)} GiB left`;
}

if (require.main === module) {
  const { text, mayBegin } = summaryOf(needs());
  process.stderr.write(text);
  if (!mayBegin && process.env.CI === 'true') {
    process.stderr.write('With CI=true, what is missing is a failure.\n');
    process.exitCode = 1;
  }
}
