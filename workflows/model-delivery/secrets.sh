#!/usr/bin/env bash
# Looks for secrets in what was pushed: in the commits since BEFORE, or in the whole history.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_program gitleaks git jq

report="$DELIVERY_FOLDER/gitleaks.json"
options=(--no-banner --no-color --redact --exit-code 3 --report-format json --report-path "$report")
if [[ "${BEFORE:-}" =~ ^[0-9a-f]{40}$ ]] && git cat-file -e "$BEFORE^{commit}" 2> /dev/null; then
  options+=(--log-opts "$BEFORE..HEAD")
fi
status=0
attempt gitleaks git "${options[@]}" . || status=$?
case "$status" in
  0) say 'no secret was found' ;;
  3)
    found="$(jq -r '[.[] | "\(.RuleID) in \(.File):\(.StartLine) of commit \(.Commit[:12])"] | unique | join(", ")' "$report")"
    stop "secrets were committed: $found. Revoke them, then take them out of the history"
    ;;
  *) stop "gitleaks could not look: $(last_words)" ;;
esac
