import { AIZoneSpec } from '../../../src/api/generated/ai-zone';
import { ZONE_CONTENTS, AI_ZONE_OPERATOR } from '../../../src/kinds/ai-zone/operator';
import { AIZoneObjects } from '../../../src/kinds/ai-zone/ai-zone-objects';
import { Operator, Problems } from '../runtime/operator';
import { KubernetesObject, RelatedRule } from '../runtime/protocol';
import { render } from '../runtime/render';
import { isCounted } from './allocated';
import { blocksDeletion } from './in-the-way';
import { wishedModels } from './models';
import { inheritedBy } from './parents';
import { report } from './report';
import { isOwned, namespaceOf, PLATFORM_API, settingsOf, ZoneContext } from './zone-context';

/** Pods of model servers; their AIModels are looked at instead. */
const NO_MODEL_SERVERS = {
  matchExpressions: [{ key: 'nstarx.io/component', operator: 'NotIn', values: ['model-server'] }],
};

/** Makes the namespaces of zones, and what keeps them apart. */
export const aiZoneOperator: Operator<AIZoneSpec> = {
  definition: AI_ZONE_OPERATOR,
  related,
  namespaceOf: targetNamespace,
  desired,
  report,
  blocksDeletion,
};

function targetNamespace({ metadata, spec }: KubernetesObject): string {
  return typeof spec?.targetNamespace === 'string' ? spec.targetNamespace : metadata.name;
}

/** The selection may depend on nothing but the metadata and the spec: it is asked for once for each generation. */
function related(parent: KubernetesObject): readonly RelatedRule[] {
  const namespace = targetNamespace(parent);
  const { resources } = (parent.spec ?? {}) as unknown as AIZoneSpec;
  return [
    { apiVersion: 'v1', resource: 'namespaces', names: [namespace] },
    {
      apiVersion: 'v1',
      resource: 'pods',
      namespace,
      ...(isCounted(resources?.compute?.limits) ? { labelSelector: NO_MODEL_SERVERS } : {}),
    },
    { apiVersion: PLATFORM_API, resource: 'aizones' },
    ...ZONE_CONTENTS.map(({ apiVersion, kind, resource }) => ({
      apiVersion,
      resource,
      // these may name a zone from anywhere
      ...(['AIModel', 'MLWorkflow', 'DataPipeline'].includes(kind) ? {} : { namespace }),
    })),
  ];
}

function desired(context: ZoneContext, problems: Problems): readonly KubernetesObject[] {
  const { name, spec, namespace, settings } = context;
  if (name.length > 63) {
    problems.add(
      'metadata.name',
      `must have at most 63 characters, because it is in labels, got ${name.length}: make another zone`,
    );
    return [];
  }
  const inherited = inheritedBy(context, problems);
  const there = namespaceOf(context);
  if (there && !isOwned(context, there)) {
    const mend = there.metadata.deletionTimestamp ? 'wait until it is gone' : 'choose another one, or delete it';
    problems.add(
      'spec.targetNamespace',
      `must not be a namespace of somebody else, got "${namespace}", which is there already: ${mend}`,
    );
  }
  const objects = render('', problems, (chart) => {
    new AIZoneObjects(chart, 'zone', {
      name,
      spec,
      inherited,
      gateway: settings.gateway,
      scraperPods: settings.scraper,
      settings: settingsOf(context),
    });
  });
  return [...objects, ...wishedModels(context).flatMap(({ object }) => object ?? [])];
}
