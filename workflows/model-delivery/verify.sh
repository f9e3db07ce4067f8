#!/usr/bin/env bash
# Holds the image to what admission will ask of it: the signature, and signed statements on its packages, its scan, and the gate's verdict for TIER, which
# must be about this very manifest.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need MANIFEST TIER
need_program cosign jq
pushed_image
verification_flags
render

attempt cosign verify "${VERIFICATION[@]}" "$IMAGE" || stop "the signature of $IMAGE does not verify: $(last_words 1)"

# The predicates of a type that the signer signed, one a line.
statements() {
  local file="$DELIVERY_FOLDER/attested.json"
  cosign verify-attestation "${VERIFICATION[@]}" --type "$1" "$IMAGE" > "$file" 2> "$DELIVERY_FOLDER/$STEP.log" ||
    stop "no signed statement of type $1: $(last_words 1)"
  jq -c '.payload | @base64d | fromjson | .predicate' "$file" > "$DELIVERY_FOLDER/predicates.json"
}

statements spdxjson
statements vuln
jq -es 'length > 0 and all(.scanner.result | all(.severity != "Critical"))' "$DELIVERY_FOLDER/predicates.json" > /dev/null ||
  stop 'a signed scan has a critical vulnerability'
statements "$GATE_VERDICT_TYPE"
jq -es --arg tier "$TIER" --slurpfile manifest "$DELIVERY_FOLDER/model.json" '
  $manifest[0].spec as $spec | any(
    .allowed == true and .environment == $tier
    and .model.name == $spec.model.name and .model.version == $spec.model.version
    and .metrics == $spec.metrics and .fairness == $spec.fairness and .drift == $spec.drift
    and .dependencies == $spec.dependencies and .sha256 == $spec.model.artifact.sha256
  )' "$DELIVERY_FOLDER/predicates.json" > /dev/null ||
  stop "no signed verdict says that $TIER allows this manifest: it is of other figures, another model, or another environment"
say "$IMAGE is signed, and so is all that is said of it"
