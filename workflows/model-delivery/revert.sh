#!/usr/bin/env bash
# Takes back what deploy.sh committed: the overlay has the former version again. Where another delivery has changed the file since, that one stays.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
reason="${REASON:-the smoke test failed}"
need MANIFEST ENVIRONMENT INFERENCE_NAMESPACE
need_program git jq ml-platform
. "$SCRIPTS/overlays.sh"
if [[ ! -s "$DELIVERY_FOLDER/deployed.txt" ]]; then
  say 'nothing was committed, so there is nothing to take back'
  exit 0
fi
render
open_overlays
file="$OVERLAY/$MODEL_NAME.yaml"
take_back() {
  if ! cmp --silent "$OVERLAYS/$file" "$DELIVERY_FOLDER/deployment.yaml"; then
    say "$file is of another delivery since, and stays"
  elif [[ -e "$DELIVERY_FOLDER/former.yaml" ]]; then
    cp "$DELIVERY_FOLDER/former.yaml" "$OVERLAYS/$file"
  else
    rm "$OVERLAYS/$file"
  fi
}
push_overlay "Take back $MODEL_NAME $MODEL_VERSION from $ENVIRONMENT

$reason" take_back
rm -f "$DELIVERY_FOLDER/deployed.txt"
say "$OVERLAY is as it was"
