#!/usr/bin/env bash
# Deploys by a commit to the overlay of ENVIRONMENT on DEPLOY_BRANCH, which Argo CD applies. A model has one file there, so that a new version takes the place of
# the former one. What was there is kept in former.yaml for revert.sh.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need MANIFEST ENVIRONMENT INFERENCE_NAMESPACE TIER
need_program git jq ml-platform
. "$SCRIPTS/overlays.sh"
pushed_image
render

# the newest manifest wins: a delivery that was waiting for an approval does not put an older version in its place
if [[ -n "${SOURCE_BRANCH:-}" ]]; then
  OVERLAYS=. attempt remote fetch --quiet origin "refs/heads/$SOURCE_BRANCH" || stop "the branch $SOURCE_BRANCH cannot be fetched: $(last_words 1)"
  git diff --quiet HEAD FETCH_HEAD -- "$(dirname "$MANIFEST")" ||
    stop "$MANIFEST has changed on $SOURCE_BRANCH since: the delivery of that commit is the one that counts"
fi

ml-platform render "$MANIFEST" --image "$IMAGE" --model-in-image --namespace "$INFERENCE_NAMESPACE" --environment "$TIER" > "$DELIVERY_FOLDER/deployment.yaml" 2> "$DELIVERY_FOLDER/$STEP.log" ||
  stop "the manifest cannot be completed: $(last_words)"
grep -qF "$IMAGE" "$DELIVERY_FOLDER/deployment.yaml" || stop 'the completed manifest does not have the image'

open_overlays
file="$OVERLAY/$MODEL_NAME.yaml"
rm -f "$DELIVERY_FOLDER/former.yaml"
put() {
  rm -f "$DELIVERY_FOLDER/former.yaml"
  if [[ -e "$OVERLAYS/$file" ]]; then cp "$OVERLAYS/$file" "$DELIVERY_FOLDER/former.yaml"; fi
  cp "$DELIVERY_FOLDER/deployment.yaml" "$OVERLAYS/$file"
}
push_overlay "Deploy $MODEL_NAME $MODEL_VERSION to $ENVIRONMENT

$IMAGE
from $(git rev-parse HEAD)" put
printf '%s' "$OVERLAY_COMMIT" > "$DELIVERY_FOLDER/deployed.txt"
say "$file has $MODEL_NAME $MODEL_VERSION${OVERLAY_COMMIT:+ since $OVERLAY_COMMIT}"
