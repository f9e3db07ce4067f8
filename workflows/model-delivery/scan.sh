#!/usr/bin/env bash
# Looks for known vulnerabilities with Grype and Trivy (SCANNERS). A critical one stops the delivery. What was found is in grype.json, and in
# vulnerabilities.json as it is attested.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need SCANNERS
[[ -s "$DELIVERY_FOLDER/sbom.syft.json" ]] || stop 'there is no list of packages: run sbom.sh before'
started="$(date -u +%Y-%m-%dT%H:%M:%SZ)"
found=()

scan_with_grype() {
  need_program grype jq
  export GRYPE_CHECK_FOR_APP_UPDATE=false
  rm -f "$DELIVERY_FOLDER/grype.json"
  attempt grype "sbom:$DELIVERY_FOLDER/sbom.syft.json" --output json --file "$DELIVERY_FOLDER/grype.json" ||
    stop "Grype could not scan: $(last_words)"
  mapfile -t -O "${#found[@]}" found < <(jq -r '
    .matches[] | select(.vulnerability.severity == "Critical")
    | "\(.vulnerability.id) in \(.artifact.name) \(.artifact.version)"
      + (if (.vulnerability.fix.versions // []) == [] then "" else ", fixed in \(.vulnerability.fix.versions | join(" or "))" end)
      + " (Grype)"' "$DELIVERY_FOLDER/grype.json")
}

scan_with_trivy() {
  need_program trivy jq
  rm -f "$DELIVERY_FOLDER/trivy.json"
  attempt trivy image --input "$DELIVERY_FOLDER/image" --scanners vuln --format json --output "$DELIVERY_FOLDER/trivy.json" \
    --disable-telemetry --skip-version-check --no-progress || stop "Trivy could not scan: $(last_words)"
  mapfile -t -O "${#found[@]}" found < <(jq -r '
    .Results[]? | .Vulnerabilities[]? | select(.Severity == "CRITICAL")
    | "\(.VulnerabilityID) in \(.PkgName) \(.InstalledVersion)"
      + (if (.FixedVersion // "") == "" then "" else ", fixed in \(.FixedVersion)" end) + " (Trivy)"' "$DELIVERY_FOLDER/trivy.json")
}

for scanner in $SCANNERS; do
  case "$scanner" in
    grype) scan_with_grype ;;
    trivy) scan_with_trivy ;;
    *) stop "there is no scanner $scanner" ;;
  esac
done
if ((${#found[@]} > 0)); then
  more=''
  if ((${#found[@]} > 5)); then more=", and $((${#found[@]} - 5)) more"; fi
  stop "critical vulnerabilities: $(printf '%s\n' "${found[@]:0:5}" | paste -sd';' | sed 's/;/; /g')$more"
fi

# what is attested: the form of cosign for scans, with what admission may ask of it
[[ -s "$DELIVERY_FOLDER/grype.json" ]] || stop 'Grype did not scan, and it is what is attested'
jq --arg started "$started" --arg finished "$(date -u +%Y-%m-%dT%H:%M:%SZ)" '{
  invocation: {parameters: [], uri: "", event_id: "", "builder.id": ""},
  scanner: {
    uri: "https://github.com/anchore/grype",
    version: .descriptor.version,
    db: {uri: (.descriptor.db.status.from // ""), version: (.descriptor.db.status.schemaVersion // "")},
    result: [.matches[] | {
      id: .vulnerability.id, severity: .vulnerability.severity, name: .artifact.name, version: .artifact.version,
      fixedIn: (.vulnerability.fix.versions // [])
    }] | sort_by(.id, .name)
  },
  metadata: {scanStartedOn: $started, scanFinishedOn: $finished}
}' "$DELIVERY_FOLDER/grype.json" > "$DELIVERY_FOLDER/vulnerabilities.json"
say "$(jq '.scanner.result | length' "$DELIVERY_FOLDER/vulnerabilities.json") known vulnerabilities, none critical"
