#!/usr/bin/env bash
# Builds the image without Docker: BASE_IMAGE, the inference service by its digest, and one layer more with the model at /model. The same commit gives
# the same digest. The image is in the folder `image`, an OCI layout; nothing is pushed yet.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need MANIFEST BASE_IMAGE
need_program crane tar gzip sha256sum jq git
[[ "$BASE_IMAGE" =~ @sha256:[0-9a-f]{64}$ ]] || stop "BASE_IMAGE must have a digest: $BASE_IMAGE"
render

work="$(mktemp -d)"
registry=
cleanup() {
  if [[ -n "$registry" ]]; then kill "$registry" 2> /dev/null || true; fi
  rm -rf "$work"
}
trap cleanup EXIT
mkdir -p "$work/layer/model" "$work/registry"

# Fetches the model to $1, which is a file.
fetch() {
  case "$2" in
    https://* | http://*)
      attempt curl --fail --silent --show-error --location --proto '=https,http' --proto-redir '=https' --retry 3 \
        --max-filesize "$MODEL_MAX_BYTES" --output "$1" "$2" || stop "$2 cannot be fetched: $(last_words 1)"
      ;;
    s3://* | s3a://*)
      need_program aws
      attempt aws s3 cp --no-progress "s3://${2#*://}" "$1" || stop "$2 cannot be fetched: $(last_words 1)"
      ;;
    *) stop "the workflow cannot fetch $2: put the model beside the manifest, or in s3:// or https://" ;;
  esac
}

MODEL_MAX_BYTES="${MODEL_MAX_BYTES:-10737418240}"
beside="$(dirname "$MANIFEST")"
uri="$(field .spec.model.artifact.uri)"
if [[ -n "$uri" ]]; then
  file="$(basename "$uri")"
  [[ "$file" =~ ^[A-Za-z0-9][A-Za-z0-9._+=@-]*$ ]] || stop "$uri names no file"
  sha256="$(field .spec.model.artifact.sha256)"
  if [[ "$uri" == http://* && -z "$sha256" ]]; then
    stop "$uri can be changed on its way: write https://, or spec.model.artifact.sha256"
  fi
  fetch "$work/layer/model/$file" "$uri"
  actual="$(sha256sum "$work/layer/model/$file" | cut -d' ' -f1)"
  if [[ -n "$sha256" && "$sha256" != "$actual" ]]; then
    stop "$uri has the SHA-256 checksum $actual, and the manifest says $sha256"
  fi
elif [[ -L "$beside/model" ]]; then
  stop "$beside/model is a link, and a model is what the repository has"
elif [[ -d "$beside/model" ]]; then
  cp -R "$beside/model/." "$work/layer/model/"
else
  shopt -s nullglob
  files=("$beside"/model.*)
  shopt -u nullglob
  ((${#files[@]} == 1)) || stop "beside $MANIFEST there must be a folder model or one file model.*, and the manifest names no artifact"
  # a link stays one, and is refused below
  cp -P "${files[0]}" "$work/layer/model/"
fi

# a link would be one to a file of the image or of the machine that reads the layer, a device one to the node's
strange="$(find "$work/layer/model" ! -type f ! -type d -print -quit)"
[[ -z "$strange" ]] || stop "$(basename "$strange") of the model is neither a file nor a folder"
[[ -n "$(find "$work/layer/model" -type f -print -quit)" ]] || stop 'the model has no files'
# the file that Git LFS has in the place of one that was not fetched is not the model
pointer="$(find "$work/layer/model" -type f -size -2 -exec grep -l '^version https://git-lfs.github.com/spec/' {} + | head -1 || true)"
[[ -z "$pointer" ]] || stop "$(basename "$pointer") is a pointer of Git LFS: fetch the files of LFS before"

# the same bytes from the same files: order, owners, modes and times are not those of this machine
tar --create --file "$work/layer.tar" --directory "$work/layer" --format=ustar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
  --mode='u=rwX,go=rX' model
gzip --no-name --best "$work/layer.tar"

# the commit that last changed the model: others of the repository change nothing of its image
git log -1 --format=%H -- "$beside" > "$DELIVERY_FOLDER/revision.txt"
revision="$(< "$DELIVERY_FOLDER/revision.txt")"
[[ -n "$revision" ]] || stop "$MANIFEST is not committed"
source_url="${SOURCE_URL:-$(git remote get-url origin 2> /dev/null || true)}"
# a URL with credentials must not be in an image
[[ "$source_url" =~ ^https?://[^/@]*@ ]] && source_url="https://${source_url#*@}"
metadata=(
  "org.opencontainers.image.source=$source_url" "org.opencontainers.image.revision=$revision"
  "org.opencontainers.image.title=$MODEL_NAME" "org.opencontainers.image.version=$MODEL_VERSION"
)

# crane works on registries, so the image is put together in one of this script
crane registry serve --address 127.0.0.1:0 --disk "$work/registry" > "$work/registry.log" 2>&1 &
registry=$!
for _ in $(seq 100); do
  port="$(sed -n 's/.*serving on port \([0-9]*\).*/\1/p' "$work/registry.log")"
  [[ -z "$port" ]] || break
  kill -0 "$registry" 2> /dev/null || stop "the registry of the build does not start: $(tail -1 "$work/registry.log")"
  sleep 0.1
done
[[ -n "$port" ]] || stop 'the registry of the build does not start'
labels=()
for one in "${metadata[@]}"; do labels+=(--label "$one" --annotation "$one"); done
attempt crane append --platform "$PLATFORM" --base "$BASE_IMAGE" --new_layer "$work/layer.tar.gz" --new_tag "127.0.0.1:$port/model:appended" \
  --set-base-image-annotations || stop "the model cannot be appended to $BASE_IMAGE: $(last_words 1)"
attempt crane mutate --platform "$PLATFORM" "127.0.0.1:$port/model:appended" "${labels[@]}" --tag "127.0.0.1:$port/model:labelled" ||
  stop "the image cannot be labelled: $(last_words 1)"
rm -rf "$DELIVERY_FOLDER/image"
attempt crane pull --platform "$PLATFORM" --format oci "127.0.0.1:$port/model:labelled" "$DELIVERY_FOLDER/image" ||
  stop "the image cannot be written: $(last_words 1)"
jq -r '.manifests[0].digest' "$DELIVERY_FOLDER/image/index.json" > "$DELIVERY_FOLDER/digest.txt"
say "$MODEL_NAME $MODEL_VERSION is $(< "$DELIVERY_FOLDER/digest.txt")"
