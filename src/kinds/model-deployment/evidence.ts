/** What a manifest says of its model, in the spelling of the documents. */
export interface ModelEvidence {
  readonly metrics: { readonly [figure: string]: number };
  readonly fairness?: { readonly [figure: string]: unknown };
  readonly drift?: { readonly [figure: string]: unknown };
  readonly dependencies?: readonly { readonly name: string; readonly version: string }[];
}

/** What of a manifest is compared with what is attested of its image. */
export interface AttestedManifest extends ModelEvidence {
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly artifact?: { readonly sha256?: string };
  };
}

/** The part of a `GateStatement` that must be the same in the manifest, but the libraries. */
export function attestedPart({ model, metrics, fairness, drift }: AttestedManifest): object {
  return {
    model: { name: model.name, version: model.version },
    metrics,
    ...(fairness === undefined ? {} : { fairness }),
    ...(drift === undefined ? {} : { drift }),
    ...(model.artifact?.sha256 === undefined ? {} : { sha256: model.artifact.sha256 }),
  };
}

/** The libraries of a manifest as `name==version`, in order. */
export function libraries({ dependencies = [] }: ModelEvidence): string[] {
  return dependencies.map(({ name, version }) => `${name}==${version}`).sort();
}
