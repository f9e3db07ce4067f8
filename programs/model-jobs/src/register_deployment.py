"""Registers in MLflow the model of a ModelDeployment, with its evidence, before it is deployed.

    python3 register_deployment.py [<library>==<version> ...]

A run has the evidence as figures, and a version of the registered model says which image and which artifact it is. Both are found again by another
attempt, also by one that runs at the same time. The same version of the model with another image or another artifact is refused. It needs Python
alone: no package has to be in its image.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Iterator, Mapping, Optional

FAILED = 3
MESSAGE_BYTES = 2000
TIMEOUT = 30
LONGEST_TAG = 4500

DEPLOYMENT_TAG = "nstarx.io/model-deployment"
IMAGE_TAG = "nstarx.io/image"
SHA256_TAG = "nstarx.io/sha256"
LIBRARIES_TAG = "nstarx.io/dependencies"
CONTENT_TAG = "nstarx.io/content"
# what the stages of workflows call it too
VERSION_TAG = "version"

Json = dict[str, Any]


class Clash(Exception):
    """The version is registered as something else; another attempt does not help."""


class MlflowError(Exception):
    """MLflow refused, or did not answer."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Mlflow:
    """The part of MLflow's REST API that is needed here."""

    def __init__(self, uri: str) -> None:
        parts = urllib.parse.urlsplit(uri)
        # a login stands in no message, and in no URL that is shown
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
        self.shown = urllib.parse.urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
        self.headers = {"Content-Type": "application/json"}
        if parts.username:
            login = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
            self.headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"

    def get(self, path: str, **query: str) -> Json:
        return self._ask(f"{path}?{urllib.parse.urlencode(query)}", None)

    def post(self, path: str, body: Json) -> Json:
        return self._ask(path, json.dumps(body).encode())

    def _ask(self, path: str, body: Optional[bytes]) -> Json:
        request = urllib.request.Request(f"{self.shown}/api/2.0/mlflow/{path}", data=body, headers=self.headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None
        except (OSError, ValueError) as error:
            raise MlflowError(f"MLflow at {self.shown} does not answer: {error}") from None
        if not isinstance(found, dict):
            raise MlflowError(f"MLflow at {self.shown} answers with no object")
        return found

    def _refusal(self, error: urllib.error.HTTPError) -> MlflowError:
        try:
            said = json.load(error)
            return MlflowError(f"MLflow: {said.get('message', error.reason)}", str(said.get("error_code", "")))
        except (ValueError, AttributeError):
            return MlflowError(f"MLflow at {self.shown} answers with {error.code} {error.reason}")


def tags_of(given: Mapping[str, Optional[str]]) -> list[Json]:
    return [{"key": key, "value": value} for key, value in given.items() if value]


def as_map(tags: Any) -> dict[str, str]:
    return {str(tag["key"]): str(tag["value"]) for tag in tags or []}


def figures(evidence: Json) -> Iterator[tuple[str, float]]:
    """The numbers of the evidence, as metrics of a run."""
    for part in ("metrics", "fairness", "drift"):
        for name, value in (evidence.get(part) or {}).items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                yield (name if part == "metrics" else f"{part}.{name}"), float(value)


def digest_of(image: str) -> str:
    """What tells two images apart: the digest, or the whole name where there is none."""
    found = re.search(r"@(sha256:[0-9a-f]{64})$", image)
    return found.group(1) if found else image


class Registration:
    """A model on its way into the registry."""

    def __init__(self, mlflow: Mlflow, environment: Mapping[str, str], libraries: list[str]) -> None:
        self.mlflow = mlflow
        self.name = environment["MODEL_NAME"]
        self.version = environment["MODEL_VERSION"]
        self.deployment = environment["MODEL_DEPLOYMENT"]
        self.image = environment["MODEL_IMAGE"]
        self.uri = environment.get("MODEL_URI") or f"oci://{self.image}"
        self.evidence: Json = json.loads(environment["MODEL_EVIDENCE"])
        self.libraries = ",".join(libraries)
        self.about = {
            "framework": environment.get("MODEL_FRAMEWORK"),
            "owner": environment.get("MODEL_OWNER"),
        }
        self.description = environment.get("MODEL_DESCRIPTION") or ""

    def register(self) -> Json:
        found = self.find()
        if found is None:
            self.make_model()
            run = self.run()
            self.make_version(run)
            # another attempt may have made one at the same time: the first of them counts
            found = self.find()
        if found is None:
            raise MlflowError(f"MLflow does not find version {self.version} of {self.name} that it has made")
        self.check(found)
        self.complete(found)
        number = str(found["version"])
        return {
            "name": self.name,
            "version": number,
            "run": str(found.get("run_id") or ""),
            "url": f"{self.mlflow.shown}/#/models/{urllib.parse.quote(self.name)}/versions/{number}",
        }

    def find(self) -> Optional[Json]:
        """The first version in the registry that is this version of the model."""
        found: list[Json] = []
        query = {"filter": f"name = '{self.name}' AND tags.{VERSION_TAG} = '{self.version}'", "max_results": "100"}
        while True:
            answer = self.mlflow.get("model-versions/search", **query)
            found += answer.get("model_versions") or []
            token = answer.get("next_page_token")
            if not token:
                break
            query["page_token"] = token
        return min(found, key=lambda one: int(one["version"]), default=None)

    def check(self, found: Json) -> None:
        tags = as_map(found.get("tags"))
        sha256 = self.evidence.get("sha256")
        for what, tag, given in (
            ("image", IMAGE_TAG, digest_of(self.image)),
            ("artifact", SHA256_TAG, sha256),
        ):
            there = tags.get(tag)
            same = there is None or given is None or (digest_of(there) if tag == IMAGE_TAG else there) == given
            if not same:
                raise Clash(
                    f"{self.name} {self.version} is in MLflow already, as version {found['version']}, with {what} {there}, "
                    f"and not {given}: give the changed model another spec.model.version"
                )

    def complete(self, found: Json) -> None:
        """Says of a version that something else registered what it is."""
        tags = as_map(found.get("tags"))
        wanted = {IMAGE_TAG: self.image, SHA256_TAG: self.evidence.get("sha256"), DEPLOYMENT_TAG: self.deployment}
        for tag in tags_of({key: value for key, value in wanted.items() if key not in tags}):
            self.mlflow.post("model-versions/set-tag", {"name": self.name, "version": found["version"], **tag})

    def make_model(self) -> None:
        try:
            self.mlflow.post("registered-models/create", {"name": self.name})
        except MlflowError as error:
            if error.code != "RESOURCE_ALREADY_EXISTS":
                raise

    def experiment(self) -> str:
        name = f"{self.deployment.split('/')[0]}/model-deployments"
        for _ in range(2):
            try:
                found = self.mlflow.get("experiments/get-by-name", experiment_name=name)
                return str(found["experiment"]["experiment_id"])
            except MlflowError as error:
                if error.code != "RESOURCE_DOES_NOT_EXIST":
                    raise
            try:
                return str(self.mlflow.post("experiments/create", {"name": name})["experiment_id"])
            except MlflowError as error:
                # another attempt was faster
                if error.code != "RESOURCE_ALREADY_EXISTS":
                    raise
        raise MlflowError(f"experiment {name} is in MLflow's trash: restore it, or have it removed for good")

    def run(self) -> str:
        """The run with the evidence; one of an attempt that was cut short is completed."""
        experiment = self.experiment()
        content = f"{self.name}/{self.version}/{digest_of(self.image)}"
        found = self.mlflow.post(
            "runs/search",
            {
                "experiment_ids": [experiment],
                "filter": f"tags.`{CONTENT_TAG}` = '{content}'",
                "max_results": 1,
                "order_by": ["attributes.start_time ASC"],
            },
        ).get("runs")
        now = int(time.time() * 1000)
        if found:
            run = str(found[0]["info"]["run_id"])
        else:
            tags = {
                CONTENT_TAG: content,
                DEPLOYMENT_TAG: self.deployment,
                IMAGE_TAG: self.image,
                SHA256_TAG: self.evidence.get("sha256"),
                LIBRARIES_TAG: self.libraries[:LONGEST_TAG],
                **self.about,
            }
            run_name = f"{self.name.split('.', 1)[-1]}-{self.version}"
            body = {"experiment_id": experiment, "start_time": now, "run_name": run_name, "tags": tags_of(tags)}
            run = str(self.mlflow.post("runs/create", body)["run"]["info"]["run_id"])
        metrics = [{"key": key, "value": value, "timestamp": now, "step": 0} for key, value in figures(self.evidence)]
        self.mlflow.post("runs/log-batch", {"run_id": run, "metrics": metrics})
        self.mlflow.post("runs/update", {"run_id": run, "status": "FINISHED", "end_time": now})
        return run

    def make_version(self, run: str) -> None:
        tags = {
            VERSION_TAG: self.version,
            IMAGE_TAG: self.image,
            SHA256_TAG: self.evidence.get("sha256"),
            DEPLOYMENT_TAG: self.deployment,
            **self.about,
        }
        self.mlflow.post(
            "model-versions/create",
            {
                "name": self.name,
                "source": self.uri,
                "run_id": run,
                "description": self.description,
                "tags": tags_of(tags),
            },
        )


def main(environment: Mapping[str, str], libraries: list[str]) -> tuple[int, str]:
    try:
        registered = Registration(Mlflow(environment["MLFLOW_TRACKING_URI"]), environment, libraries).register()
    except Clash as error:
        return FAILED, str(error)
    except MlflowError as error:
        return 1, str(error)
    return 0, json.dumps(registered)


if __name__ == "__main__":
    code, message = main(os.environ, sys.argv[1:])
    print(message)
    log = os.environ.get("TERMINATION_LOG")
    if log:
        with open(log, "w", encoding="utf-8") as file:
            file.write(message.encode()[:MESSAGE_BYTES].decode(errors="ignore"))
    sys.exit(code)
