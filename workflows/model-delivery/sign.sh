#!/usr/bin/env bash
# Signs the image, and says about it: its packages, its known vulnerabilities.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_program cosign jq
pushed_image
signing_flags

attempt cosign sign "${SIGNING[@]}" "$IMAGE" || stop "the image cannot be signed: $(last_words 1)"
attempt cosign attest "${SIGNING[@]}" --type spdxjson --predicate "$DELIVERY_FOLDER/sbom.spdx.json" "$IMAGE" ||
  stop "the packages cannot be attested: $(last_words 1)"
attempt cosign attest "${SIGNING[@]}" --type vuln --predicate "$DELIVERY_FOLDER/vulnerabilities.json" "$IMAGE" ||
  stop "the scan cannot be attested: $(last_words 1)"
say "signed $IMAGE"
