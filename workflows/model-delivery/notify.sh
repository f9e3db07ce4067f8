#!/usr/bin/env bash
# Says how a delivery ended, to NOTIFY_URL, as NOTIFY_FORMAT: `slack` (a text) or `json` (each thing by its name). Reads the files failure-*.json below RESULTS, and
# where there is none, the results of the jobs in JOBS, as GitHub has them.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_program curl jq
results="${RESULTS:-$DELIVERY_FOLDER}"
jobs="${JOBS:-"{}"}"

failures="$(find "$results" -name 'failure-*.json' -type f -exec cat {} + 2> /dev/null | jq -cs 'unique')"
message="$(jq -n --argjson failures "$failures" --argjson jobs "$jobs" --arg repository "${GITHUB_REPOSITORY:-}" --arg run "${RUN_URL:-}" \
  --arg revision "${REVISION:-}" '
  def broken: [$jobs | to_entries[] | select(.value.result == "failure") | .key];
  def stopped: [$jobs | to_entries[] | select(.value.result == "cancelled") | .key];
  # a job that ended before its step could say why: a time-out, a runner that was lost
  ($failures + (if $failures == [] then [broken[] | {step: ., reason: "the job ended without a word: see its log"}] else [] end)) as $all
  | {
      status: (if ($all | length) > 0 then "failed" elif (stopped | length) > 0 then "cancelled" else "delivered" end),
      failures: $all, cancelled: stopped, repository: $repository, revision: $revision, run: $run
    }')"
status="$(jq -r .status <<< "$message")"
if [[ "${NOTIFY_FORMAT:-json}" == slack ]]; then
  # Slack takes these three for its own
  body="$(jq '
    def plain: gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;");
    {text: (
      [if .status == "delivered" then "Delivered" elif .status == "cancelled" then "Cancelled: \(.cancelled | join(", "))" else "Delivery failed" end
        + (if .repository == "" then "" else " (\(.repository) \(.revision[:12]))" end)]
      + [.failures[] | "\(.step)\(if (.environment // "") == "" then "" else " in \(.environment)" end)\(if (.manifest // "") == "" then "" else " of \(.manifest)" end): \(.reason)"]
      + (if .status != "failed" then []
         elif any(.failures[]; .step == "revert") then ["The overlay has a version that failed: take it back by hand."]
         else ["What was served before is served still."] end)
      + (if .run == "" then [] else [.run] end)
      | map(plain) | join("\n"))}' <<< "$message")"
else
  body="$message"
fi
if [[ -z "${NOTIFY_URL:-}" ]]; then
  say "$status; NOTIFY_URL is not set, so nobody is told"
  exit 0
fi
# the URL of a webhook is a secret: it is on no command line
attempt curl --config - --silent --show-error --fail --max-time 30 --retry 4 --retry-all-errors --output /dev/null --header 'Content-Type: application/json' \
  --data-binary "$body" <<< "url = $(quoted "$NOTIFY_URL")" || stop "nobody could be told that it $status: $(last_words 1)"
say "told: $status"
