#!/usr/bin/env bash
# Registers the version in MLflow before it is deployed, so that what is served always has a record. Done again for the same image, it finds the version and
# writes its tags anew; the operator finds it by the same tags.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need MANIFEST ENVIRONMENT
need_program curl jq
. "$SCRIPTS/mlflow.sh"
if [[ -z "${MLFLOW_TRACKING_URI:-}" ]]; then
  say "no MLflow is set for $ENVIRONMENT, so nothing is registered from here: the operator does, where the platform has one"
  exit 0
fi
pushed_image
render
registered_name

mlflow POST registered-models/create "$(jq -n --arg name "$REGISTERED_NAME" '{$name}')" RESOURCE_ALREADY_EXISTS
find_version
if [[ -n "$REGISTERED_VERSION" && -n "$REGISTERED_IMAGE" && "${REGISTERED_IMAGE#*@}" != "${IMAGE#*@}" ]]; then
  stop "$MODEL_NAME $MODEL_VERSION is in MLflow already, as version $REGISTERED_VERSION, with the image $REGISTERED_IMAGE: give the changed model another spec.model.version"
fi
if [[ -z "$REGISTERED_VERSION" ]]; then
  mlflow POST model-versions/create "$(jq --arg image "$IMAGE" --arg name "$REGISTERED_NAME" '{
    $name,
    source: (.spec.model.artifact.uri // "oci://\($image)"),
    description: (.spec.model.description // ""),
    tags: [{key: "nstarx.io/image", value: $image}, {key: "version", value: .spec.model.version}]
  }' "$DELIVERY_FOLDER/model.json")"
  REGISTERED_VERSION="$(jq -r .model_version.version <<< "$MLFLOW_ANSWER")"
fi
tags="$(jq -c --arg image "$IMAGE" --arg revision "$(cat "$DELIVERY_FOLDER/revision.txt" 2> /dev/null || git rev-parse HEAD)" '
  .spec | {
    version: .model.version, framework: .model.framework, owner: .model.owner, revision: $revision,
    "nstarx.io/image": $image, "nstarx.io/sha256": .model.artifact.sha256
  } + (.metrics | with_entries(.key |= "metrics.\(.)"))
  | to_entries[] | select(.value != null) | {key, value: (.value | tostring)}' "$DELIVERY_FOLDER/model.json")"
while IFS= read -r tag; do
  mlflow POST model-versions/set-tag "$(jq --arg name "$REGISTERED_NAME" --arg version "$REGISTERED_VERSION" '. + {$name, $version}' <<< "$tag")"
done <<< "$tags"
say "$MODEL_NAME $MODEL_VERSION is version $REGISTERED_VERSION in MLflow"
