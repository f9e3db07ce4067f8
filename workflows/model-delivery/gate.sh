#!/usr/bin/env bash
# Asks the policy gate by the bounds of TIER and writes the statement about it, gate.json. Once the image was scanned, the gate reads what was found.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need MANIFEST ENVIRONMENT TIER
need_program ml-platform jq

statement="$DELIVERY_FOLDER/gate.json"
options=(--environment "$TIER" --statement "$statement")
if [[ -n "${GATE_BOUNDS:-}" ]]; then options+=(--bounds "$GATE_BOUNDS"); fi
if [[ -s "$DELIVERY_FOLDER/grype.json" ]]; then options+=(--vulnerabilities "$DELIVERY_FOLDER/grype.json"); fi
# what a run before wrote says nothing of this one
rm -f "$statement"
attempt ml-platform gate "$MANIFEST" "${options[@]}" || stop "the policy gate of $TIER refuses the manifest: $(last_words 10)"
[[ "$(jq -r .allowed "$statement")" == true ]] || stop 'the policy gate wrote no statement that allows the manifest'
say "the gate of $TIER lets it pass"
