"""Jobs that are made from a template, as `kubectl create job --from=cronjob/NAME` does it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import urllib3

from .errors import Unavailable
from .http_client import RETRY, TIMEOUT
from .settings import Settings, variable

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


class JobTemplate:
    """The suspended CronJob with what a Job may be, and the Jobs of the namespace that come of it."""

    def __init__(self, settings: Settings, name: str) -> None:
        prefix = variable(name)
        account = Path(settings.text("SERVICE_ACCOUNT_FOLDER", ACCOUNT))
        host = settings.text("KUBERNETES_SERVICE_HOST", "kubernetes.default.svc")
        port = settings.whole("KUBERNETES_SERVICE_PORT", 443, 1, 65535)
        self._token = account / "token"
        namespace = settings.text(f"{prefix}_NAMESPACE")
        self._annotation = settings.text(f"{prefix}_REQUEST_ANNOTATION")
        self._name = settings.text(f"{prefix}_CRON_JOB")
        self._api = f"https://{f'[{host}]' if ':' in host else host}:{port}/apis/batch/v1/namespaces/{namespace}"
        self._pool = urllib3.PoolManager(retries=RETRY, timeout=TIMEOUT, ca_certs=str(account / "ca.crt"))

    def job_name(self, id: str) -> str:
        return f"{self._name}-{id.replace('-', '')}"

    def start(self, id: str, request: str) -> None:
        """Makes the Job of this id, where there is none yet. Raises Unavailable where it cannot be made now."""
        template = self._ask("GET", f"cronjobs/{self._name}")
        status, _ = self._answer("POST", "jobs", self._job(template, self.job_name(id), request))
        # one that is there was made by an earlier try
        if status not in (200, 201, 409):
            raise Unavailable(f"the API server answers {status} to a new Job")

    def state(self, id: str) -> str:
        """`running`, `complete`, `failed`, or `absent`."""
        status, job = self._answer("GET", f"jobs/{self.job_name(id)}")
        if status == 404:
            return "absent"
        if status != 200:
            raise Unavailable(f"the API server answers {status} about a Job")
        for condition in job.get("status", {}).get("conditions", []):
            if condition.get("status") == "True" and condition.get("type") in ("Complete", "Failed"):
                return str(condition["type"]).lower()
        return "running"

    def _job(self, template: Any, name: str, request: str) -> dict[str, Any]:
        job = template["spec"]["jobTemplate"]
        metadata = job.get("metadata", {})
        pod = job["spec"]["template"]
        annotations = {**pod.get("metadata", {}).get("annotations", {}), self._annotation: request}
        spec = {**job["spec"], "template": {**pod, "metadata": {**pod.get("metadata", {}), "annotations": annotations}}}
        owner = {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "name": self._name,
            "uid": template["metadata"]["uid"],
            "controller": True,
        }
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": name,
                "labels": metadata.get("labels", {}),
                "annotations": {**metadata.get("annotations", {}), "cronjob.kubernetes.io/instantiate": "manual"},
                "ownerReferences": [owner],
            },
            "spec": spec,
        }

    def _ask(self, method: str, path: str) -> Any:
        status, body = self._answer(method, path)
        if status != 200:
            raise Unavailable(f"the API server answers {status} to {path}")
        return body

    def _answer(self, method: str, path: str, body: object | None = None) -> tuple[int, Any]:
        # a token is replaced long before it ends
        headers = {"Authorization": f"Bearer {self._token.read_text().strip()}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        try:
            response = self._pool.request(method, f"{self._api}/{path}", body=data, headers=headers)
            return response.status, json.loads(response.data or b"{}")
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise Unavailable(f"the API server does not answer ({type(error).__name__})") from None
