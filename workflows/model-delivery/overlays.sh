# The branch with the environments' overlays, which Argo CD reads. Sourced by deploy.sh and revert.sh, never run.
# shellcheck shell=bash

# Checks the branch out beside the repository, in OVERLAYS; one that is not there begins empty.
open_overlays() {
  need DEPLOY_BRANCH ENVIRONMENT
  [[ "$ENVIRONMENT" =~ ^[a-z0-9][a-z0-9-]*$ ]] || stop "$ENVIRONMENT is no name of an environment"
  OVERLAYS="$(mktemp -d)"
  trap 'rm -rf "$OVERLAYS"' EXIT
  OVERLAY="deploy/overlays/$ENVIRONMENT"
  local origin
  origin="$(git remote get-url origin)" || stop 'the repository has no remote origin to push to'
  # a repository of its own, so that nothing of what is checked out here changes
  git init --quiet "$OVERLAYS"
  overlays remote add origin "$origin"
  overlays config user.name "${GIT_AUTHOR_NAME:-model-delivery}"
  overlays config user.email "${GIT_AUTHOR_EMAIL:-model-delivery@users.noreply.github.com}"
  fetch_overlays
  if overlays rev-parse --quiet --verify FETCH_HEAD > /dev/null; then
    overlays checkout --quiet -B overlays FETCH_HEAD
  else
    overlays checkout --quiet --orphan overlays
  fi
}

overlays() { git -C "$OVERLAYS" "$@"; }

# Talks to the remote, with DEPLOY_TOKEN where that is set: it is in the environment of git only, neither in a file nor on a command line.
remote() {
  local options=()
  if [[ -n "${DEPLOY_TOKEN:-}" ]]; then
    # shellcheck disable=SC2016 # git's shell reads the variable
    options=(-c credential.helper= -c 'credential.helper=!f() { echo username=x-access-token; echo "password=$DEPLOY_TOKEN"; }; f')
    export DEPLOY_TOKEN
  fi
  GIT_TERMINAL_PROMPT=0 git -C "$OVERLAYS" "${options[@]}" "$@"
}

# Fetches the branch to FETCH_HEAD, which is not there where the branch is not.
fetch_overlays() {
  rm -f "$OVERLAYS/.git/FETCH_HEAD"
  local there
  there="$(remote ls-remote origin "refs/heads/$DEPLOY_BRANCH" 2> "$DELIVERY_FOLDER/$STEP.log")" || stop "the repository cannot be read: $(last_words 1)"
  if [[ -z "$there" ]]; then return; fi
  attempt remote fetch --quiet origin "refs/heads/$DEPLOY_BRANCH" || stop "the branch $DEPLOY_BRANCH cannot be fetched: $(last_words 1)"
}

# Writes the kustomization of the overlay: the objects that are there, in order.
write_kustomization() {
  (
    cd "$OVERLAYS/$OVERLAY" || exit
    printf 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: %s\n' "$INFERENCE_NAMESPACE"
    shopt -s nullglob
    files=()
    for file in *.yaml; do [[ "$file" == kustomization.yaml ]] || files+=("$file"); done
    if ((${#files[@]} == 0)); then printf 'resources: []\n'; else
      printf 'resources:\n'
      printf '  - %s\n' "${files[@]}"
    fi
  ) > "$OVERLAYS/kustomization.new"
  mv "$OVERLAYS/kustomization.new" "$OVERLAYS/$OVERLAY/kustomization.yaml"
}

# Commits and pushes what `change` does to the overlay. Another delivery may push in between: then the change is made again on top of it. Another's
# commit is never lost, and nothing is forced.
push_overlay() {
  local message="$1" change="$2" round
  for round in $(seq 1 "${PUSH_ATTEMPTS:-8}"); do
    if ((round > 1)); then
      sleep "$((RANDOM % 3 + round / 2))"
      fetch_overlays
      overlays checkout --quiet --force -B overlays FETCH_HEAD
    fi
    mkdir -p "$OVERLAYS/$OVERLAY"
    "$change"
    write_kustomization
    overlays add --all "$OVERLAY"
    if overlays rev-parse --quiet --verify HEAD > /dev/null && overlays diff --cached --quiet; then
      say "$OVERLAY is so already"
      OVERLAY_COMMIT=
      return
    fi
    overlays commit --quiet --message "$message"
    if attempt remote push --quiet origin "HEAD:refs/heads/$DEPLOY_BRANCH"; then
      # shellcheck disable=SC2034 # of those who call it
      OVERLAY_COMMIT="$(overlays rev-parse HEAD)"
      return
    fi
    # what was refused for another reason than a race is refused again
    grep -Eq 'fetch first|non-fast-forward|cannot lock ref|failed to update ref|reference already exists|incorrect old value' "$DELIVERY_FOLDER/$STEP.log" ||
      stop "the branch $DEPLOY_BRANCH cannot be pushed to: $(last_words 2)"
  done
  stop "others pushed to $DEPLOY_BRANCH each time: $(last_words 1)"
}
