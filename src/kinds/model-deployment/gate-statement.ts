import { GateStatement } from './attestation';
import { GateVerdict } from './gate';

/** What the gate reads of a manifest that it allows, as far as a statement repeats it. */
interface StatedSpec {
  readonly model: { readonly name: string; readonly version: string; readonly artifact?: { readonly sha256?: string } };
  readonly metrics: object;
  readonly fairness?: object;
  readonly drift?: object;
  readonly dependencies?: readonly object[];
}

/**
 * What is attested of the image of a manifest that the gate allows.
 *
 * @param environment the environment whose bounds were asked
 */
export function gateStatement(manifest: unknown, environment: string, verdict: GateVerdict): GateStatement {
  if (!verdict.allowed) throw new Error('there is no statement of a manifest that the gate does not allow');
  const { model, metrics, fairness, drift, dependencies } = (manifest as { readonly spec: StatedSpec }).spec;
  const sha256 = model.artifact?.sha256;
  return {
    model: { name: model.name, version: model.version },
    environment,
    allowed: true,
    policies: verdict.policies.map(({ name, passed }) => ({ name, passed })),
    metrics,
    ...(fairness === undefined ? {} : { fairness }),
    ...(drift === undefined ? {} : { drift }),
    ...(dependencies === undefined ? {} : { dependencies }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}
