import { Token } from 'cdktf';
import { Finding, ICheck } from '../checks/check';
import { ManifestGraph } from '../checks/manifest-graph';

/**
 * A value that only Terraform knows cannot be written to YAML: it would be the placeholder's text, or a huge negative
 * number.
 */
export class TerraformTokenCheck implements ICheck {
  public check(graph: ManifestGraph): Finding[] {
    return graph.manifests.flatMap((manifest) =>
      tokensIn(manifest.json, '').map((field) => ({
        path: manifest.path,
        message: `${manifest.kind} ${manifest.name}: ${field} is a Terraform token, which has no value when manifests are written; publish it with environment.publishValue(), or apply the object with environment.addBootstrapManifest()`,
      })),
    );
  }
}

function tokensIn(value: unknown, field: string): string[] {
  if (typeof value === 'string') return value.includes('TfToken[') ? [field] : [];
  // number tokens are huge negative numbers; everything else is not worth asking for
  if (typeof value === 'number') return value < -1e290 && Token.isUnresolved(value) ? [field] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => tokensIn(inner, field === '' ? key : `${field}.${key}`));
}
