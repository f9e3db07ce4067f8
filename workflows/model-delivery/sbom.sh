#!/usr/bin/env bash
# Lists what is in the image: sbom.spdx.json for people and the attestation, sbom.syft.json for the scan.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_program syft jq
[[ -d "$DELIVERY_FOLDER/image" ]] || stop 'there is no image: run build.sh before'

# asking for a newer version is no part of it
export SYFT_CHECK_FOR_APP_UPDATE=false
attempt syft scan "oci-dir:$DELIVERY_FOLDER/image" --source-name "${MODEL_IMAGE_NAME:-model}" \
  --output "spdx-json=$DELIVERY_FOLDER/sbom.spdx.json" --output "syft-json=$DELIVERY_FOLDER/sbom.syft.json" ||
  stop "the image cannot be read: $(last_words)"
packages="$(jq '.artifacts | length' "$DELIVERY_FOLDER/sbom.syft.json")"
# an image of the inference service has its libraries: none at all means that nothing was seen
((packages > 0)) || stop 'no package was found in the image, so there is nothing to scan'
say "$packages packages"
