import { ApiObject, JsonPatch } from 'cdk8s';
import { Construct } from 'constructs';
// eslint-disable-next-line no-restricted-imports -- the copy of the user's program, which has cdktf anyway; no hook server loads this file
import { ComponentRegistry, INamespace, ServiceWorkload } from 'ml-platform-constructs';
import { OperatorDefinition } from '../../../src/api/operator-definition';
import { customResourceDefinition } from '../../../src/api/schema/crd';
import { contentHash } from '../../../src/contracts/content-hash';
import { addControlledKind } from '../../../src/contracts/controlled-kinds';
import { fail } from '../../../src/contracts/errors';
import { dnsLabel } from '../../../src/contracts/names';
import { HOOK_PORT, HookCertificates, hookServerWorkload } from '../../../src/kinds/operators/hook-server';
import { childRules, compositeController, operatorRole } from '../../../src/kinds/operators/metacontroller';

/** Options of operators of your own. */
export interface CustomOperatorsProps {
  /** What the operators work for: `definition` of each. */
  readonly definitions: readonly OperatorDefinition[];
  /** Namespace of the hook server. */
  readonly namespace: INamespace;
  /** Image that runs `serve()`, with a digest or a tag other than `latest`. Its user is set by `runAsUser`. */
  readonly image: string;
  /** Settings, as the operators get them; JSON. @default - none */
  readonly settings?: object;
  /** API groups of third parties that the cluster serves; kinds of others are not made. @default - Kubernetes' own and the platform's */
  readonly apiGroups?: readonly string[];
  /** Kinds of these groups, as `Kind.group`. @default - every kind of the groups */
  readonly customResources?: readonly string[];
  /** Name of the Deployment, the Service and what the certificates' names begin with: a DNS label. @default - the id of the construct */
  readonly name?: string;
  /** @default 2 */
  readonly replicas?: number;
  /** `debug`, `info`, `warn` or `error`. @default 'info' */
  readonly logLevel?: string;
}

/**
 * Operators of your own on the platform's Metacontroller: for each kind its CustomResourceDefinition, its CompositeController and the ClusterRole
 * with what its children ask for; and one hook server for all of them, with mutual TLS. The platform's policy lets Metacontroller change what
 * objects of these kinds made.
 *
 * Make it in an environment with a NeuralPlatform, which brings Metacontroller and cert-manager.
 */
export class CustomOperators extends Construct {
  /** The hook server. */
  public readonly hookServer: ServiceWorkload;
  /** The CompositeControllers, by name of the operator. */
  public readonly controllers: { readonly [operator: string]: ApiObject };

  /** @throws InvalidInputError when a prop is malformed, or the environment has no Metacontroller */
  public constructor(scope: Construct, id: string, props: CustomOperatorsProps) {
    super(scope, id);
    const { definitions, namespace, apiGroups = [], customResources } = props;
    const name = dnsLabel(this, 'name', props.name ?? id, 53);
    this.check(definitions);
    const host = `${name}.${namespace.namespaceName}.svc`;
    const certificates = new HookCertificates(this, 'Certificates', { namespace, dnsNames: [host], name });
    const settings = JSON.stringify({ ...props.settings, apiGroups, customResources }, undefined, 2);
    const settingsName = `${name}-settings`;
    new ApiObject(this, 'Settings', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: settingsName, namespace: namespace.namespaceName },
      data: { 'settings.json': settings },
    });
    this.hookServer = hookServerWorkload(this, 'Server', {
      namespace,
      name,
      image: props.image,
      replicas: props.replicas ?? 2,
      operators: definitions.map((definition) => definition.name),
      settingsName,
      tlsSecretName: certificates.serverSecretName,
      logLevel: props.logLevel ?? 'info',
    });
    // the server reads its settings when it starts
    const annotations = { 'nstarx.io/settings-hash': contentHash(settings) };
    this.hookServer.deployment.addJsonPatch(JsonPatch.add('/spec/template/metadata/annotations', annotations));
    const secret = { name: certificates.clientSecretName, namespace: namespace.namespaceName };
    const endpoint = { url: `https://${host}:${HOOK_PORT}`, caSecret: secret, clientSecret: secret };
    this.controllers = Object.fromEntries(
      definitions.map((definition) => {
        new ApiObject(this, `crd-${definition.name}`, { ...customResourceDefinition(definition.parent) });
        operatorRole(this, `role-${definition.name}`, definition, apiGroups, customResources);
        addControlledKind(this, {
          parent: definition.parent,
          children: childRules(definition, apiGroups, customResources),
        });
        const manifest = compositeController(definition, endpoint, apiGroups, customResources);
        return [definition.name, new ApiObject(this, `controller-${definition.name}`, { ...manifest })];
      }),
    );
  }

  private check(definitions: readonly OperatorDefinition[]): void {
    if (definitions.length === 0) fail(this, 'definitions', 'must name an operator', [], 'give the definition of one');
    const names = definitions.map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) fail(this, 'definitions', 'must have names of their own', twice, 'rename one of them');
    for (const { name, parent } of definitions) {
      dnsLabel(this, 'definitions.name', name, 40);
      if (/(^|\.)(nstarx|mlifecycle)\.io$/.test(parent.group)) {
        const fix = 'use a group of your own, such as acme.example';
        fail(this, 'definitions.parent.group', 'must not be one of the platform', parent.group, fix);
      }
    }
    const components = ComponentRegistry.of(this).sorted();
    if (components.some((component) => component.name === 'metacontroller')) return;
    const fix = 'make a NeuralPlatform before, which brings it';
    fail(this, 'scope', 'must be in an environment with Metacontroller', this.node.path, fix);
  }
}
