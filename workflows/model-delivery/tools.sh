#!/usr/bin/env bash
# Installs the programs that the steps need, each of one version and held to its checksum: `bash scripts/tools.sh crane cosign`. For Linux on amd64, as GitHub's
# runners are; elsewhere install them by other means, in these versions.
set -euo pipefail
# shellcheck source=/dev/null
. "$(dirname "${BASH_SOURCE[0]}")/versions.sh"
folder="${TOOLS_FOLDER:-$HOME/.local/share/model-delivery}"
mkdir -p "$folder/bin"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
[[ "$(uname -sm)" == 'Linux x86_64' ]] || { echo "tools.sh: the programs are those for Linux on amd64, and this is $(uname -sm)" >&2; exit 1; }

# Fetches $2 and holds it to the checksum $3; a program is the whole file, or in an archive.
install_program() {
  local name="$1" url="$2" sha256="$3"
  curl --fail --silent --show-error --location --proto '=https' --tlsv1.2 --retry 4 --retry-all-errors --output "$work/$name.download" "$url"
  printf '%s  %s\n' "$sha256" "$work/$name.download" | sha256sum --check --quiet --strict -
  if [[ "$url" == *.tar.gz ]]; then
    tar --extract --gzip --file "$work/$name.download" --directory "$work" "$name"
  else
    mv "$work/$name.download" "$work/$name"
  fi
  install -m 0755 "$work/$name" "$folder/bin/$name"
}

github=https://github.com
for name in "$@"; do
  case "$name" in
    gitleaks) install_program gitleaks "$github/gitleaks/gitleaks/releases/download/v$GITLEAKS_VERSION/gitleaks_${GITLEAKS_VERSION}_linux_x64.tar.gz" "$GITLEAKS_SHA256" ;;
    crane) install_program crane "$github/google/go-containerregistry/releases/download/v$CRANE_VERSION/go-containerregistry_Linux_x86_64.tar.gz" "$CRANE_SHA256" ;;
    syft) install_program syft "$github/anchore/syft/releases/download/v$SYFT_VERSION/syft_${SYFT_VERSION}_linux_amd64.tar.gz" "$SYFT_SHA256" ;;
    grype) install_program grype "$github/anchore/grype/releases/download/v$GRYPE_VERSION/grype_${GRYPE_VERSION}_linux_amd64.tar.gz" "$GRYPE_SHA256" ;;
    trivy) install_program trivy "$github/aquasecurity/trivy/releases/download/v$TRIVY_VERSION/trivy_${TRIVY_VERSION}_Linux-64bit.tar.gz" "$TRIVY_SHA256" ;;
    cosign) install_program cosign "$github/sigstore/cosign/releases/download/v$COSIGN_VERSION/cosign-linux-amd64" "$COSIGN_SHA256" ;;
    ml-platform)
      # npm holds packages to the checksums of the registry; none of their scripts run. The command line needs the peers of the library, which npm brings
      npm install --prefix "$folder/npm" --ignore-scripts --no-audit --no-fund "ml-platform-constructs@$ML_PLATFORM_VERSION"
      ln -sf "$folder/npm/node_modules/.bin/ml-platform" "$folder/bin/ml-platform"
      ;;
    *)
      echo "tools.sh: there is no program $name" >&2
      exit 1
      ;;
  esac
done
if [[ -n "${GITHUB_PATH:-}" ]]; then
  printf '%s\n' "$folder/bin" >> "$GITHUB_PATH"
else
  echo "tools.sh: put $folder/bin on the PATH"
fi
