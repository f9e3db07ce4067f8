#!/usr/bin/env bash
# Pushes the image that was scanned to IMAGE_REPOSITORY/<model>, under a tag that nothing else has; what follows names its digest.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need IMAGE_REPOSITORY
need_program crane jq
[[ -d "$DELIVERY_FOLDER/image" ]] || stop 'there is no image: run build.sh before'
render

digest="$(< "$DELIVERY_FOLDER/digest.txt")"
revision="$(< "$DELIVERY_FOLDER/revision.txt")"
# a tag keeps the image from being cleaned up, and registries can have tags that never change
tag="$(tr -c 'A-Za-z0-9_.\n-' '-' <<< "$MODEL_VERSION" | cut -c1-100)-${revision:0:12}"
repository="$IMAGE_REPOSITORY/$MODEL_NAME"
# pushed before: a registry whose tags never change would refuse it
if [[ "$(crane digest "$repository:$tag" 2> /dev/null || true)" != "$digest" ]]; then
  attempt crane push "$DELIVERY_FOLDER/image" "$repository:$tag" || stop "$repository cannot be pushed to: $(last_words 1)"
fi
there="$(crane digest "$repository@$digest")" || stop "the registry does not have $repository@$digest"
[[ "$there" == "$digest" ]] || stop "the registry has $there under the digest $digest"
printf '%s' "$repository@$digest" > "$DELIVERY_FOLDER/image.txt"
say "$repository@$digest"
