import { IConstruct } from 'constructs';
import { publicAddresses } from '../../contracts/addresses';
import { SecretEnv } from '../../contracts/backing-service';
import { fail } from '../../contracts/errors';
import { NetworkPeer } from '../../contracts/network';
import { ModelDeploymentSettings } from './settings';

/** Where the service finds the trained model, and what its pods need to get it. */
export interface ArtifactSource {
  /** `MODEL_URI`. @default - the model is in the image */
  readonly uri?: string;
  /** Whether it is in a bucket, which the account of the platform's model servers reads. */
  readonly fromBucket: boolean;
  /** Environment variables of what fetches it. */
  readonly env: { readonly [name: string]: string };
  readonly secretEnv: readonly SecretEnv[];
  /** Where the pods may connect to. */
  readonly egress: readonly NetworkPeer[];
  /** Name of the claim that it is in. @default - it is fetched, or in the image */
  readonly claimName?: string;
}

/** Where a claim with a model is mounted. */
export const CLAIM_DIRECTORY = '/mnt/model';

const NOTHING: ArtifactSource = { fromBucket: false, env: {}, secretEnv: [], egress: [] };

/** A part of a spec; `ServedSpec` has more. */
interface WithArtifact {
  readonly model: { readonly artifact?: { readonly uri: string } };
  readonly serving?: { readonly modelInImage?: boolean };
}

/**
 * How the model gets into the pods. The service fetches `s3://` and `https://` itself when it starts; a claim is mounted.
 *
 * @throws InvalidInputError when the service cannot read the place, or the namespace has no account for the bucket
 */
export function artifactSource(
  where: IConstruct,
  namespace: string,
  { model, serving }: WithArtifact,
  { storage, accountNamespaces }: ModelDeploymentSettings,
): ArtifactSource {
  const uri = model.artifact?.uri;
  if (uri === undefined || (serving?.modelInImage ?? false)) return NOTHING;
  const refuse = (rule: string, fix: string): never => fail(where, 'model.artifact.uri', rule, uri, fix);
  const [, scheme, rest] = /^([a-z0-9]+):\/\/(.+)$/.exec(uri) ?? [];
  switch (scheme) {
    case 's3':
    case 's3a':
      if (!(accountNamespaces?.includes(namespace) ?? true)) {
        const inImage = 'set serving.modelInImage and have the image bring the model';
        const others = (accountNamespaces ?? []).join(' or ');
        const fix = others === '' ? inImage : `deploy it to ${others}, or ${inImage}`;
        refuse(`must not be in a bucket, since pods of namespace ${namespace} have no account that reads one`, fix);
      }
      return {
        uri: `s3://${rest}`,
        fromBucket: true,
        env: storage?.env ?? {},
        secretEnv: storage?.secretEnv ?? [],
        egress: storage?.egress ?? [publicAddresses([443])],
      };
    case 'https':
      return { ...NOTHING, uri, egress: [publicAddresses([443])] };
    case 'pvc': {
      const [, claimName, path] = /^([^/]+)(.*?)\/?$/.exec(rest) ?? [];
      return { ...NOTHING, uri: `${CLAIM_DIRECTORY}${path}`, claimName };
    }
    default:
      return refuse(
        'must be a place that the inference service reads',
        'use s3://, https:// or pvc://<claim>/<folder>, or set serving.modelInImage where the image brings the model',
      );
  }
}
