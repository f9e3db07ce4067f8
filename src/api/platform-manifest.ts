import { existsSync } from 'node:fs';

import { ApiObject, Yaml } from 'cdk8s';
import { Construct } from 'constructs';
import { checked } from '../contracts/checked';
import { fail } from '../contracts/errors';
import { KINDS } from './kinds';
import { addResource, KindManifest } from './platform-resource';
import { apiVersionOf } from './schema/schema';

/** Options of a manifest. */
export interface PlatformManifestProps {
  /** File with one or more documents, as YAML. */
  readonly file: string;
}

/**
 * Objects of the platform's kinds that exist as YAML, in one tree with the typed ones. They are checked in the same way.
 * A status is left out: it is what was observed, and only the operators write it.
 *
 * @example
 * new PlatformManifest(chart, 'fraud-detector', { file: 'models/fraud-detector.yaml' });
 */
@checked('PlatformManifest')
export class PlatformManifest extends Construct {
  /** The objects, in the order of the documents. */
  public readonly resources: ApiObject[];

  /**
   * @throws InvalidInputError when the file cannot be read, when a document is of another kind, and when the API server
   * would refuse an object
   */
  public constructor(scope: Construct, id: string, props: PlatformManifestProps) {
    super(scope, id);
    if (!existsSync(props.file)) {
      fail(this, 'file', 'must be a file', props.file, 'give a path that exists');
    }
    const documents = Yaml.load(props.file) as Partial<KindManifest>[];
    this.resources = documents.map((manifest, index) => this.add(manifest, index));
  }

  private add(manifest: Partial<KindManifest>, index: number): ApiObject {
    const kind = KINDS.find((known) => known.kind === manifest.kind && apiVersionOf(known) === manifest.apiVersion);
    if (!kind) {
      const known = KINDS.map((one) => `${apiVersionOf(one)} ${one.kind}`).join(', ');
      const given = `${manifest.apiVersion} ${manifest.kind}`;
      fail(this, `file, document ${index + 1}`, `must be one of ${known}`, given, 'use cdk8s.Include for other kinds');
    }
    return addResource(this, `${kind.kind}-${manifest.metadata?.name ?? index}`, kind, manifest as KindManifest);
  }
}
