import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

import { goTool, type GoTool } from '../go-tool';

/**
 * SIG Network's engine of network policies with a program around it. The engine exports what takes packets from the kernel, and nothing that takes
 * them from elsewhere, so its package is built with a file more.
 */
export const POLICY_ENGINE: GoTool = {
  name: 'network-policy-engine',
  package: './engine',
  folder: __dirname,
  minutes: 2,
  lacks: {
    module: 'sigs.k8s.io/kube-network-policies',
    files: {
      'pkg/networkpolicy/evaluate.go': fs.readFileSync(path.join(__dirname, 'engine', 'evaluate.go.txt'), 'utf8'),
    },
  },
};

/** Labels by key. */
export type Labels = Readonly<Record<string, string>>;

/** A named port of a pod. */
export interface PodPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol?: string;
}

/** A pod, or an address of no pod. */
export interface Endpoint {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Labels;
  readonly ports?: readonly PodPort[];
  /** Address of no pod. @default - a pod, which gets one */
  readonly address?: string;
}

/** What the API server has of names and labels. */
export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Labels;
}

/** Any labels, or those of this selector. */
export interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** Whom a rule is about. */
export interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

/** A port of a rule. */
export interface RulePort {
  readonly port?: number | string;
  readonly protocol?: string;
  readonly endPort?: number;
}

/** A rule of a policy. */
export interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly RulePort[];
}

/** A NetworkPolicy. */
export interface Policy {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
}

/** A Service, as far as it matters here. */
export interface ServiceObject {
  readonly metadata: Metadata;
  readonly spec: { readonly selector?: Labels; readonly ports?: readonly object[] };
}

/** A change of one policy. */
export interface Change {
  /** Place of the policy in the list. */
  readonly policy: number;
  /** What it becomes. @default - it is taken away */
  readonly to?: Policy;
  /** What it is asked on. */
  readonly ports: readonly string[];
}

/** What the engine is asked. */
export interface Question {
  readonly namespaces: readonly { readonly metadata: Metadata }[];
  readonly policies: readonly Policy[];
  readonly services?: readonly ServiceObject[];
  readonly endpoints: readonly Endpoint[];
  /** Pods that only changes are asked of. @default - none */
  readonly witnesses?: readonly Endpoint[];
  /** Ports such as `443` and `53/UDP`. */
  readonly ports: readonly string[];
  readonly changes?: readonly Change[];
}

/** What it answers. */
export interface Answer {
  /** By source: `<endpoint>:<port>`. */
  readonly reached: Readonly<Record<string, readonly string[]>>;
  /** By source, Services all of whose pods it reaches: `<namespace>/<name>:<port>`. */
  readonly services: Readonly<Record<string, readonly string[]>>;
  /** By change, a connection of which it makes another, or nothing. */
  readonly changed: readonly string[];
}

/** Asks the engine. */
export async function ask(question: Question): Promise<Answer> {
  const asked = { services: [], witnesses: [], changes: [], ...question };
  const program = await goTool(POLICY_ENGINE);
  return new Promise((resolve, reject) => {
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.on('error', reject);
    child.stdout.on('data', (data: Buffer) => output.push(data));
    child.stderr.on('data', (data: Buffer) => errors.push(data));
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(output).toString()) as Answer);
      else reject(new Error(`the engine of policies: ${Buffer.concat(errors).toString()}`));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(asked));
  });
}
