#!/usr/bin/env bash
# Holds the manifest to its schema.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need MANIFEST
need_program ml-platform jq

attempt ml-platform validate "$MANIFEST" || stop "the manifest is not valid: $(last_words 10)"
render
say "$MODEL_NAME $MODEL_VERSION is valid"
