# What every step has in common: where its files are, how it fails, what it asks of the other programs. Sourced, never run.
#
# A step reads MANIFEST, the ModelDeployment, and most of them ENVIRONMENT. What does not change from run to run is in settings.sh;
# a variable that is set wins. Files are passed on in DELIVERY_FOLDER, `.delivery` by default.
# shellcheck shell=bash
set -Eeuo pipefail
export LC_ALL=C

SCRIPTS="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
STEP="$(basename "$0" .sh)"
DELIVERY_FOLDER="${DELIVERY_FOLDER:-.delivery}"

# a setting of settings.sh, unless the variable is set
setting() {
  [[ -n "${!1+set}" ]] || printf -v "$1" '%s' "$2"
  export "${1?}"
}
# shellcheck source=/dev/null
. "$SCRIPTS/settings.sh"

mkdir -p "$DELIVERY_FOLDER"
DELIVERY_FOLDER="$(cd "$DELIVERY_FOLDER" && pwd)"
# nothing of it is for the repository
[[ -e "$DELIVERY_FOLDER/.gitignore" ]] || echo '*' > "$DELIVERY_FOLDER/.gitignore"
rm -f "$DELIVERY_FOLDER/failure-$STEP.json"

# Ends the step: $1 is the reason, in one line, which the notification has too.
stop() {
  trap - ERR
  local reason
  reason="$(tr -s '\n\t ' '   ' <<< "$1" | cut -c1-1000)"
  reason="${reason% }"
  jq -n --arg step "$STEP" --arg reason "$reason" --arg manifest "${MANIFEST:-}" --arg environment "${ENVIRONMENT:-}" \
    '{$step, $reason, $manifest, $environment}' > "$DELIVERY_FOLDER/failure-$STEP.json"
  if [[ "${GITHUB_ACTIONS:-}" == true ]]; then printf '::error title=%s::%s\n' "$STEP" "${reason//%/%25}"; fi
  printf '%s: %s\n' "$STEP" "$reason" >&2
  exit 1
}

# what no step foresaw; in a subshell it is the step's own shell that says so
unforeseen() { if ((BASH_SUBSHELL == 0)); then stop "line $2 of $STEP.sh ended with status $1"; fi; }
trap 'unforeseen "$?" "$LINENO"' ERR

say() { printf '%s: %s\n' "$STEP" "$*"; }

# Runs a program, whose output is shown, and kept in the file <step>.log. The status is that of the program.
attempt() {
  local status=0
  "$@" > "$DELIVERY_FOLDER/$STEP.log" 2>&1 || status=$?
  cat "$DELIVERY_FOLDER/$STEP.log"
  return "$status"
}

# the last lines of what `attempt` ran
last_words() { grep -v '^[[:space:]]*$' "$DELIVERY_FOLDER/$STEP.log" | tail -n "${1:-3}" || true; }

# a text as curl's --config reads it
quoted() {
  local text="${1//\\/\\\\}"
  printf '"%s"' "${text//\"/\\\"}"
}

# Asks for variables.
need() {
  local name
  for name in "$@"; do
    [[ -n "${!name:-}" ]] || stop "$name is not set"
  done
}

# Asks for programs.
need_program() {
  local name
  for name in "$@"; do
    command -v "$name" > /dev/null || stop "there is no $name on the PATH: run tools.sh, which installs it"
  done
}

# A field of the manifest as `ml-platform render` completes it, or nothing.
field() { jq -r "$1 // empty" "$DELIVERY_FOLDER/model.json"; }

# Writes model.json: the completed ModelDeployment.
render() {
  need MANIFEST
  [[ -f "$MANIFEST" && ! -L "$MANIFEST" ]] || stop "there is no file $MANIFEST"
  need_program ml-platform jq
  ml-platform render "$MANIFEST" --format json > "$DELIVERY_FOLDER/model.json" 2> "$DELIVERY_FOLDER/$STEP.log" ||
    stop "the manifest cannot be completed: $(last_words)"
  MODEL_NAME="$(field .spec.model.name)"
  MODEL_VERSION="$(field .spec.model.version)"
  DEPLOYMENT_NAME="$(field .metadata.name)"
  [[ -n "$MODEL_NAME" && -n "$MODEL_VERSION" && -n "$DEPLOYMENT_NAME" ]] || stop "$MANIFEST names no model and version"
}

# Sets IMAGE to what was pushed, as repository@sha256:digest.
pushed_image() {
  [[ -s "$DELIVERY_FOLDER/image.txt" ]] || stop 'no image was pushed: run push.sh before'
  IMAGE="$(< "$DELIVERY_FOLDER/image.txt")"
  [[ "$IMAGE" =~ ^[a-z0-9][a-zA-Z0-9./_:-]*@sha256:[0-9a-f]{64}$ ]] || stop 'image.txt has no image with a digest'
}

# The format of what is signed. Kyverno believes an attestation by a key without a transparency log only as a bundle, and finds bundles only in registries with
# referrers, so an identity, whose signatures are in the log, signs in the format with tags, which every registry has.
bundles() { [[ -n "${SIGNING_KEY:-}${VERIFICATION_KEY:-}" ]]; }

# What signing takes: SIGNING_KEY, a file or the URI of a key management service, or else the identity of the workflow. A key that has no transparency log
# is for places without a network.
signing_flags() {
  SIGNING=(--yes)
  if [[ -n "${SIGNING_KEY:-}" ]]; then SIGNING+=(--key "$SIGNING_KEY"); fi
  if ! bundles; then
    SIGNING+=(--new-bundle-format=false --use-signing-config=false)
  elif [[ "${TRANSPARENCY_LOG:-true}" != true ]]; then
    # neither a log nor a time stamp
    printf '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}\n' > "$DELIVERY_FOLDER/signing-config.json"
    SIGNING+=(--signing-config "$DELIVERY_FOLDER/signing-config.json")
  fi
}

# What verification takes: VERIFICATION_KEY, or the identity that signs.
verification_flags() {
  VERIFICATION=()
  if ! bundles; then VERIFICATION+=(--new-bundle-format=false); fi
  if [[ -n "${VERIFICATION_KEY:-}" ]]; then
    VERIFICATION+=(--key "$VERIFICATION_KEY")
  else
    need SIGNER_ISSUER SIGNER_SUBJECT
    VERIFICATION+=(--certificate-oidc-issuer "$SIGNER_ISSUER" --certificate-identity "$SIGNER_SUBJECT")
  fi
  if [[ "${TRANSPARENCY_LOG:-true}" != true ]]; then VERIFICATION+=(--insecure-ignore-tlog=true); fi
}
