#!/usr/bin/env bash
# Waits until the environment serves this version, and asks it for a prediction: the body of smoke.json beside the manifest, where there is one.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need MANIFEST ENVIRONMENT MODEL_URL
need_program curl jq
render

url="${MODEL_URL//\{name\}/$DEPLOYMENT_NAME}"
url="${url%/}"
deadline=$((SECONDS + ${SMOKE_SECONDS:-900}))
answer="$DELIVERY_FOLDER/smoke.json"
seen='it does not answer'

# Asks $1; the status is in `status`, 000 where nobody answers.
ask() {
  local path="$1"
  shift
  : > "$answer"
  status="$(curl --silent --max-time 10 --output "$answer" --write-out '%{http_code}' "$@" "$url$path" 2> /dev/null || true)"
}

serves_it() {
  ask /ready
  if [[ "$status" != 200 ]]; then
    seen="/ready answers $status"
    return 1
  fi
  ask /model/info
  local served
  served="$(jq -r '"\(.name) \(.version)"' "$answer" 2> /dev/null || true)"
  if [[ "$status" != 200 || "$served" != "$MODEL_NAME $MODEL_VERSION" ]]; then
    seen="/model/info answers $status with ${served:-no JSON}"
    return 1
  fi
}

# several replicas answer in turn, so one right answer is not enough
right=0
until ((right >= 3)); do
  if serves_it; then right=$((right + 1)); else right=0; fi
  ((right < 3)) || break
  ((SECONDS < deadline)) || stop "$url did not serve $MODEL_NAME $MODEL_VERSION within ${SMOKE_SECONDS:-900} seconds: $seen"
  sleep "${SMOKE_INTERVAL:-5}"
done
sample="$(dirname "$MANIFEST")/smoke.json"
if [[ -L "$sample" ]]; then stop "$sample is a link, and what is asked is what the repository has"; fi
if [[ -f "$sample" ]]; then
  ask /predict --header 'Content-Type: application/json' --data-binary "@$sample"
  [[ "$status" == 200 ]] || stop "/predict answers $status to smoke.json: $(head -c 300 "$answer")"
  jq -e 'type == "object"' "$answer" > /dev/null || stop '/predict answers no JSON object to smoke.json'
fi
say "$url serves $MODEL_NAME $MODEL_VERSION"
