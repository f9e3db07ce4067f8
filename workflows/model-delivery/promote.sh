#!/usr/bin/env bash
# Gives the version in MLflow the alias of the environment that serves it.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need MANIFEST ENVIRONMENT
need_program curl jq
. "$SCRIPTS/mlflow.sh"
if [[ -z "${MLFLOW_TRACKING_URI:-}" ]]; then exit 0; fi
render
find_version
[[ -n "$REGISTERED_VERSION" ]] || stop "MLflow does not have $MODEL_NAME $MODEL_VERSION: run register.sh before"
mlflow POST registered-models/alias "$(jq -n --arg name "$REGISTERED_NAME" --arg alias "$ENVIRONMENT" --arg version "$REGISTERED_VERSION" '{$name, $alias, $version}')"
say "version $REGISTERED_VERSION of $MODEL_NAME has the alias $ENVIRONMENT"
