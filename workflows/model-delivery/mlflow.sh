# What register.sh and promote.sh ask of MLflow's REST API. Sourced, never run.
# shellcheck shell=bash

# Calls MLflow: method, what, a body or what is asked in the URL, and an error that is none. The answer is in MLFLOW_ANSWER. Credentials are those that
# MLflow's own programs read, MLFLOW_TRACKING_TOKEN or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD; they are on no command line.
mlflow() {
  local method="$1" what="$2" body="$3" accepted="${4:-}" config='' answer status error
  answer="$DELIVERY_FOLDER/mlflow.json"
  if [[ -n "${MLFLOW_TRACKING_TOKEN:-}" ]]; then
    config="oauth2-bearer = $(quoted "$MLFLOW_TRACKING_TOKEN")"
  elif [[ -n "${MLFLOW_TRACKING_USERNAME:-}" ]]; then
    config="user = $(quoted "$MLFLOW_TRACKING_USERNAME:${MLFLOW_TRACKING_PASSWORD:-}")"
  fi
  local options=(--config - --silent --show-error --max-time 30 --retry 4 --retry-connrefused --output "$answer" --write-out '%{http_code}')
  if [[ "$method" == GET ]]; then
    options+=(--get --data-urlencode "$body")
  else
    options+=(--request "$method" --header 'Content-Type: application/json' --data-binary "$body")
  fi
  : > "$answer"
  status="$(curl "${options[@]}" "${MLFLOW_TRACKING_URI%/}/api/2.0/mlflow/$what" <<< "$config" 2> "$DELIVERY_FOLDER/$STEP.log")" ||
    stop "MLflow at $MLFLOW_TRACKING_URI does not answer: $(last_words 1)"
  MLFLOW_ANSWER="$(< "$answer")"
  if [[ "$status" == 200 ]]; then return; fi
  error="$(jq -r '.error_code // empty' "$answer" 2> /dev/null || true)"
  if [[ -n "$accepted" && "$error" == "$accepted" ]]; then return; fi
  stop "MLflow answers $what with $status: $(jq -r '.message // empty' "$answer" 2> /dev/null || head -c 200 "$answer")"
}

# The model's name in MLflow: that of the operator, which knows the namespaces' models apart.
registered_name() {
  need INFERENCE_NAMESPACE
  REGISTERED_NAME="$INFERENCE_NAMESPACE.$MODEL_NAME"
}

# Sets REGISTERED_VERSION to the first version in MLflow that is this version of the model, or to nothing, and REGISTERED_IMAGE to its image. The operator looks
# for it in the same way.
find_version() {
  registered_name
  # a name and a version of the schema have no quotes
  mlflow GET model-versions/search "filter=name = '$REGISTERED_NAME' AND tags.version = '$MODEL_VERSION'"
  # shellcheck disable=SC2034 # of those who call it
  REGISTERED_VERSION="$(jq -r '[.model_versions[]?.version | tonumber] | min // empty' <<< "$MLFLOW_ANSWER")"
  # shellcheck disable=SC2034 # of those who call it
  REGISTERED_IMAGE="$(jq -r '[.model_versions[]?] | min_by(.version | tonumber) | .tags[]? | select(.key == "nstarx.io/image") | .value' <<< "$MLFLOW_ANSWER")"
}
