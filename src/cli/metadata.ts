import { KindDefinition, Schema } from '../api/schema/schema';
import { Finding, validate } from '../api/schema/validate';
import { findingsOf } from '../api/schema/object-findings';
import { labels } from '../api/schema/texts';
import { DNS_LABEL_PATTERN } from '../contracts/names';
import { deploymentName } from '../kinds/model-deployment/deployment-name';
import { fieldsOf } from './documents';

const TEXT: Schema = { type: 'string' };

/** What a user may write into the metadata of an object. What the API server writes is taken too, as `kubectl get -o yaml` shows it. */
const METADATA: Schema = {
  type: 'object',
  properties: {
    // what a name is, `findingsOf` says
    name: {},
    namespace: TEXT,
    labels: labels('Labels.', { maxProperties: 256 }),
    annotations: { type: 'object', additionalProperties: TEXT },
    finalizers: { type: 'array', items: TEXT },
    ownerReferences: { type: 'array' },
    generateName: TEXT,
    creationTimestamp: {},
    deletionGracePeriodSeconds: { type: 'integer' },
    deletionTimestamp: {},
    generation: { type: 'integer' },
    managedFields: { type: 'array' },
    resourceVersion: TEXT,
    selfLink: TEXT,
    uid: TEXT,
  },
};

/** A manifest with the name that the command line derives for it where it has none. */
export function named(kind: KindDefinition, manifest: unknown): unknown {
  const fields = fieldsOf(manifest);
  const metadata = fieldsOf(fields.metadata);
  const name = metadata.name ?? derivedName(kind, fields);
  return name === undefined ? manifest : { ...fields, metadata: { ...metadata, name } };
}

function derivedName(kind: KindDefinition, { spec }: Readonly<Record<string, unknown>>): string | undefined {
  if (!kind.derivedName) return undefined;
  const { name, version } = fieldsOf(fieldsOf(spec).model);
  return typeof name === 'string' && typeof version === 'string' ? deploymentName(name, version) : undefined;
}

/** What Kubernetes and the kind's schema would refuse of a manifest. */
export function manifestFindings(kind: KindDefinition, manifest: unknown): Finding[] {
  const { metadata } = fieldsOf(manifest);
  const complete = named(kind, manifest);
  const found = findingsOf(kind, complete).map((finding) =>
    finding.field === 'metadata.name'
      ? { ...finding, message: nameMessage(kind, complete) ?? finding.message }
      : finding,
  );
  return [...found, ...(metadata === undefined ? [] : metadataFindings(fieldsOf(metadata)))];
}

function nameMessage(kind: KindDefinition, manifest: unknown): string | undefined {
  const { metadata, spec } = fieldsOf(manifest);
  if (fieldsOf(metadata).name !== undefined) return undefined;
  if (!kind.derivedName || fieldsOf(spec).model === undefined) return 'is required';
  return 'is required, since model and version make no name of at most 63 characters that begins with a letter: write one';
}

function metadataFindings(metadata: object): Finding[] {
  const { findings } = validate(METADATA, metadata);
  const { namespace } = fieldsOf(metadata);
  const more: Finding[] = [];
  if (typeof namespace === 'string' && !new RegExp(DNS_LABEL_PATTERN).test(namespace)) {
    const message = 'must be a DNS label: use lower-case letters, digits and hyphens';
    more.push({ field: 'namespace', message, reason: 'value' });
  }
  return [...findings, ...more].map((finding) => ({ ...finding, field: `metadata.${finding.field}` }));
}
