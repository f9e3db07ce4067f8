#!/usr/bin/env bash
# Says about the image what the policy gate said of its manifest, by the bounds of TIER: gate.json.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need TIER
need_program cosign jq
pushed_image
signing_flags

[[ -s "$DELIVERY_FOLDER/gate.json" ]] || stop 'there is no verdict: run gate.sh before'
[[ "$(jq -r '"\(.allowed) \(.environment)"' "$DELIVERY_FOLDER/gate.json")" == "true $TIER" ]] ||
  stop "gate.json is no statement that $TIER allows the manifest"
attempt cosign attest "${SIGNING[@]}" --type "$GATE_VERDICT_TYPE" --predicate "$DELIVERY_FOLDER/gate.json" "$IMAGE" ||
  stop "the verdict cannot be attested: $(last_words 1)"
say "the verdict of $TIER is attested of $IMAGE"
