#!/usr/bin/env bash
# The whole delivery without GitHub: `bash scripts/deliver.sh <manifest> <environment>` runs what the workflow runs, in its order.
set -euo pipefail
scripts="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
if (($# != 2)); then
  echo 'usage: deliver.sh <manifest> <environment>' >&2
  exit 2
fi
export MANIFEST="$1" ENVIRONMENT="$2" DELIVERY_FOLDER="${DELIVERY_FOLDER:-.delivery}"
# what a run before found says nothing of this one
rm -rf "$DELIVERY_FOLDER"

status=0
for step in secrets validate gate build sbom scan gate push sign attest verify register deploy smoke promote; do
  if bash "$scripts/$step.sh"; then continue; fi
  status=1
  if [[ "$step" == smoke ]]; then bash "$scripts/revert.sh" || true; fi
  break
done
# whether somebody could be told changes nothing about the delivery
bash "$scripts/notify.sh" || true
exit "$status"
