import { DNS_SUBDOMAIN_PATTERN } from '../../contracts/names';
import { objectSchema } from './crd';
import { KindDefinition, Schema } from './schema';
import { Finding, validate } from './validate';

const DNS_SUBDOMAIN = new RegExp(DNS_SUBDOMAIN_PATTERN);
const schemas = new Map<KindDefinition, Schema>();

/** What the API server would refuse about an object that is created. */
export function findingsOf(kind: KindDefinition, manifest: unknown): Finding[] {
  let schema = schemas.get(kind);
  if (!schema) {
    schema = objectSchema(kind);
    schemas.set(kind, schema);
  }
  const { findings } = validate(schema, manifest);
  const { metadata } = manifest as { readonly metadata?: { readonly name?: unknown } | null };
  const name = metadata?.name;
  if (typeof name !== 'string' || name.length > 253 || !DNS_SUBDOMAIN.test(name)) {
    const message = 'must be the name of an object: use lower-case letters, digits, hyphens and dots';
    findings.unshift({ field: 'metadata.name', message, reason: name === undefined ? 'missing' : 'value' });
  }
  return findings;
}
