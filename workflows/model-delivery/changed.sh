#!/usr/bin/env bash
# Names the ModelDeployments to deliver: the one of MANIFEST, or those of the folders below MODELS_FOLDER in which something changed since BEFORE. They go to the
# output `deliveries`, a list of manifest and key, where the key is short and can be in the name of anything.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need MODELS_FOLDER
need_program git jq

is_deployment() { grep -Eqs '^"?kind"?[[:space:]]*:[[:space:]]*["'\'']?ModelDeployment["'\'']?[[:space:]]*,?[[:space:]]*(#.*)?$' "$1"; }

folders() {
  if [[ -n "${BEFORE:-}" && "$BEFORE" =~ ^[0-9a-f]{40}$ ]] && git cat-file -e "$BEFORE^{commit}" 2> /dev/null; then
    git diff --name-only -z "$BEFORE" HEAD -- "$MODELS_FOLDER"
  else
    # the first push to a branch, or one that rewrote what was before: everything
    git ls-tree -r --name-only -z HEAD -- "$MODELS_FOLDER"
  fi | while IFS= read -r -d '' path; do
    path="$(dirname "$path")"
    # the folder of the manifest is that of the file, or one above
    while [[ "$path" == "$MODELS_FOLDER"* ]]; do
      printf '%s\0' "$path"
      path="$(dirname "$path")"
    done
  done | sort -zu
}

manifests=()
if [[ -n "${MANIFEST:-}" ]]; then
  [[ -f "$MANIFEST" ]] || stop "there is no file $MANIFEST"
  manifests=("$MANIFEST")
else
  while IFS= read -r -d '' folder; do
    for file in "$folder"/*.yaml "$folder"/*.yml "$folder"/*.json; do
      if [[ -f "$file" ]] && is_deployment "$file"; then manifests+=("$file"); fi
    done
  done < <(folders)
fi

deliveries='[]'
for manifest in "${manifests[@]}"; do
  # it becomes part of commands, names of files and groups
  [[ "$manifest" =~ ^[A-Za-z0-9][A-Za-z0-9._/-]*$ && "$manifest" != *..* ]] || stop "the path of a manifest has letters, digits, dots, hyphens and slashes: $manifest"
  key="$(basename "$(dirname "$manifest")")-$(sha256sum <<< "$manifest" | cut -c1-8)"
  deliveries="$(jq -c --arg manifest "$manifest" --arg key "$key" '. + [{$manifest, $key}]' <<< "$deliveries")"
done
# a run of GitHub has at most 256 jobs of one kind
(($(jq length <<< "$deliveries") <= 256)) || stop 'more than 256 models changed: push fewer at once, or start the workflow for each'
printf '%s\n' "$deliveries" > "$DELIVERY_FOLDER/deliveries.json"
if [[ -n "${GITHUB_OUTPUT:-}" ]]; then printf 'deliveries=%s\n' "$deliveries" >> "$GITHUB_OUTPUT"; fi
say "$(jq -r 'if . == [] then "nothing" else [.[].manifest] | join(", ") end' <<< "$deliveries")"
