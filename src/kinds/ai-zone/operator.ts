import { AB_TEST } from '../../api/kinds/ab-test';
import { AI_MODEL } from '../../api/kinds/ai-model';
import { AI_ZONE } from '../../api/kinds/ai-zone';
import { DATA_PIPELINE } from '../../api/kinds/data-pipeline';
import { FEATURE_STORE } from '../../api/kinds/feature-store';
import { ML_WORKFLOW } from '../../api/kinds/ml-workflow';
import { MODEL_DEPLOYMENT } from '../../api/kinds/model-deployment';
import { apiVersionOf, KindDefinition } from '../../api/schema/schema';
import { OperatorDefinition, RelatedKind } from '../../api/operator-definition';
import { ZONE_ROLES } from './access';

/** Kinds whose objects may name a zone, from whatever namespace. */
export const ZONE_USERS: readonly RelatedKind[] = [AI_MODEL, ML_WORKFLOW, DATA_PIPELINE].map(relatedKind);

/** Kinds of which a zone may hold objects. */
export const ZONE_CONTENTS: readonly RelatedKind[] = [
  ...ZONE_USERS,
  ...[FEATURE_STORE, AB_TEST, MODEL_DEPLOYMENT].map(relatedKind),
];

/** The operator of AIZone. */
export const AI_ZONE_OPERATOR: OperatorDefinition = {
  name: 'ai-zone',
  parent: AI_ZONE,
  children: [
    { apiVersion: 'v1', kind: 'Namespace', resource: 'namespaces' },
    { apiVersion: 'v1', kind: 'ResourceQuota', resource: 'resourcequotas' },
    { apiVersion: 'v1', kind: 'LimitRange', resource: 'limitranges' },
    { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' },
    { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', resource: 'networkpolicies' },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', resource: 'rolebindings' },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', resource: 'clusterroles' },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', resource: 'clusterrolebindings' },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      resource: 'validatingadmissionpolicies',
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      resource: 'validatingadmissionpolicybindings',
    },
    { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'ListenerSet', resource: 'listenersets' },
    { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', resource: 'certificates' },
    { apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication', resource: 'peerauthentications' },
    { apiVersion: 'capsule.clastix.io/v1beta2', kind: 'Tenant', resource: 'tenants' },
    { apiVersion: apiVersionOf(AI_MODEL), kind: AI_MODEL.kind, resource: AI_MODEL.plural },
  ],
  // they are in a namespace that the zone makes, where every name of it begins with the same word
  names: () => ({}),
  related: [
    { apiVersion: 'v1', kind: 'Namespace', resource: 'namespaces' },
    { apiVersion: 'v1', kind: 'Pod', resource: 'pods' },
    relatedKind(AI_ZONE),
    ...ZONE_CONTENTS,
  ],
  finalizes: true,
  grants: [
    // the platform's policy asks it of the user who makes an AIModel in a zone, and RBAC of the user who lets others use one
    { apiGroups: [AI_ZONE.group], resources: [AI_ZONE.plural], verbs: ['get', 'use'] },
    {
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['clusterroles'],
      resourceNames: ZONE_ROLES.map(({ role }) => role),
      verbs: ['bind'],
    },
  ],
};

function relatedKind(kind: KindDefinition): RelatedKind {
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, resource: kind.plural };
}
