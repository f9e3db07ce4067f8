#!/usr/bin/env bash
# Looks for secrets in what was pushed: in the commits of SECRETS_RANGE, such as `main..HEAD`, or in the whole history.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_program gitleaks git jq

report="$DELIVERY_FOLDER/gitleaks.json"
options=(--no-banner --no-color --redact --exit-code 3 --report-format json --report-path "$report")
if [[ -n "${SECRETS_RANGE:-}" ]]; then
  # a range is two names of commits, and no option of git
  [[ "$SECRETS_RANGE" =~ ^[A-Za-z0-9][A-Za-z0-9._/^~@-]*$ ]] || stop "SECRETS_RANGE must be a range of commits"
  options+=(--log-opts "$SECRETS_RANGE")
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
