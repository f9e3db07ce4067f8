#!/usr/bin/env bash
# Logs in to the registry of IMAGE_REPOSITORY, for crane and cosign: with the credentials of AWS to ECR, else with REGISTRY_USERNAME and REGISTRY_PASSWORD.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need IMAGE_REPOSITORY
need_program crane
host="${IMAGE_REPOSITORY%%/*}"
if [[ "$host" =~ ^[0-9]+\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$ ]]; then
  need_program aws
  REGISTRY_USERNAME=AWS
  REGISTRY_PASSWORD="$(aws ecr get-login-password --region "${BASH_REMATCH[1]}")" || stop "AWS gives no password for $host: may the role call ecr:GetAuthorizationToken?"
fi
need REGISTRY_USERNAME REGISTRY_PASSWORD
attempt crane auth login "$host" --username "$REGISTRY_USERNAME" --password-stdin <<< "$REGISTRY_PASSWORD" || stop "nobody can log in to $host: $(last_words 1)"
