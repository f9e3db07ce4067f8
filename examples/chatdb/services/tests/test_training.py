from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatdb.errors import Refused, Unavailable
from chatdb.kubernetes import JobTemplate
from chatdb.settings import Settings
from chatdb.training import Place, Training, Trainings, finished
from conftest import KAFKA

TEMPLATE: dict[str, Any] = {
    "metadata": {"name": "train-model", "uid": "u-1"},
    "spec": {
        "suspend": True,
        "jobTemplate": {
            "metadata": {"labels": {"app": "train-model"}},
            "spec": {
                "backoffLimit": 2,
                "template": {
                    "metadata": {"labels": {"app": "train-model"}, "annotations": {"team": "ml"}},
                    "spec": {"containers": [{"name": "main", "image": "train:1"}]},
                },
            },
        },
    },
}


class Server(JobTemplate):
    """The template, with answers of the test in place of the API server."""

    def __init__(self, folder: Path, answers: dict[str, tuple[int, Any]]) -> None:
        (folder / "token").write_text("token")
        super().__init__(
            Settings(
                {
                    "SERVICE_ACCOUNT_FOLDER": str(folder),
                    "TRAIN_MODEL_CRON_JOB": "train-model",
                    "TRAIN_MODEL_NAMESPACE": "chatdb-services",
                    "TRAIN_MODEL_REQUEST_ANNOTATION": "nstarx.io/request",
                }
            ),
            "train-model",
        )
        self.answers = answers
        self.sent: list[Any] = []

    def _answer(self, method: str, path: str, body: object | None = None) -> tuple[int, Any]:
        if body is not None:
            self.sent.append(body)
        return self.answers[f"{method} {path}"]


def test_a_job_is_the_template_with_a_name_an_owner_and_a_request(tmp_path: Path) -> None:
    server = Server(tmp_path, {"GET cronjobs/train-model": (200, TEMPLATE), "POST jobs": (201, {})})
    server.start("0a-1b", "{}")
    [job] = server.sent
    assert job["metadata"]["name"] == "train-model-0a1b"
    assert job["metadata"]["labels"] == {"app": "train-model"}
    [owner] = job["metadata"]["ownerReferences"]
    assert owner == {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "name": "train-model",
        "uid": "u-1",
        "controller": True,
    }
    template = TEMPLATE["spec"]["jobTemplate"]["spec"]["template"]
    assert job["spec"]["template"]["spec"] == template["spec"]
    assert job["spec"]["template"]["metadata"] == {
        "labels": {"app": "train-model"},
        "annotations": {"team": "ml", "nstarx.io/request": "{}"},
    }
    assert job["spec"]["backoffLimit"] == 2
    # the template is as it was
    assert "nstarx.io/request" not in template["metadata"]["annotations"]


def test_a_job_that_is_there_is_no_failure(tmp_path: Path) -> None:
    Server(tmp_path, {"GET cronjobs/train-model": (200, TEMPLATE), "POST jobs": (409, {})}).start("a", "{}")


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
def test_a_job_that_is_refused_is_tried_again(tmp_path: Path, status: int) -> None:
    server = Server(tmp_path, {"GET cronjobs/train-model": (200, TEMPLATE), "POST jobs": (status, {})})
    with pytest.raises(Unavailable, match=str(status)):
        server.start("a", "{}")


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((404, {}), "absent"),
        ((200, {}), "running"),
        ((200, {"status": {"conditions": [{"type": "Complete", "status": "False"}]}}), "running"),
        ((200, {"status": {"conditions": [{"type": "SuccessCriteriaMet", "status": "True"}]}}), "running"),
        ((200, {"status": {"conditions": [{"type": "Complete", "status": "True"}]}}), "complete"),
        ((200, {"status": {"conditions": [{"type": "Failed", "status": "True"}]}}), "failed"),
    ],
)
def test_the_state_of_a_job_is_that_of_its_conditions(tmp_path: Path, answer: tuple[int, Any], state: str) -> None:
    assert Server(tmp_path, {"GET jobs/train-model-a": answer}).state("a") == state


@given(st.dictionaries(st.tuples(st.just("t"), st.integers(0, 2), st.integers(0, 20)), st.booleans()))
def test_nothing_is_committed_behind_what_is_open(done: dict[Place, bool]) -> None:
    found = finished({place: Training(None, done=is_done) for place, is_done in done.items()})
    assert found == sorted(found)
    for partition in range(3):
        offsets = sorted(offset for _, where, offset in done if where == partition)
        opened = [offset for offset in offsets if not done["t", partition, offset]]
        expected = [offset for offset in offsets if not opened or offset < opened[0]]
        assert [offset for _, where, offset in found if where == partition] == expected


class Registry:
    """Answers of the test in place of the model registry."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}

    def get(self, path: str) -> Any:
        found = self.known.get(path)
        if isinstance(found, Exception):
            raise found
        return found


class Results:
    """What was published."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def publish(self, _topic: str, _key: str, value: Any) -> None:
        self.values.append(value)


def trainings(server: Server, registry: Registry, results: Results) -> Trainings:
    topics = {"TRAINING_JOBS_TOPIC": "jobs", "TRAINING_RESULTS_TOPIC": "results", "TRAINING_JOBS_GROUP": "group"}
    given = cast(Any, registry), cast(Any, results)
    return Trainings(Settings({**KAFKA, **topics}), server, *given)


def test_each_training_goes_on_though_another_one_fails(tmp_path: Path) -> None:
    complete = (200, {"status": {"conditions": [{"type": "Complete", "status": "True"}]}})
    answers = {"GET jobs/train-model-b": complete, "GET jobs/train-model-c": (404, {})}
    more = {"GET cronjobs/train-model": (200, TEMPLATE), "POST jobs": (201, {})}
    server, registry, results = Server(tmp_path, {**answers, **more}), Registry(), Results()
    all_of_them = trainings(server, registry, results)
    all_of_them.waiting = {("jobs", 0, at): Training({"id": id}) for at, id in enumerate("abcd")}
    registry.known = {"/trainings/a": Refused(502, "it answers 500"), "/trainings/d": {"model": "m", "version": 3}}
    with pytest.raises(Refused):
        all_of_them._advance()
    assert [training.done for training in all_of_them.waiting.values()] == [False, True, False, True]
    assert [job["metadata"]["name"] for job in server.sent] == ["train-model-c"]
    assert results.values == [
        {"id": "b", "status": "failed", "reason": "the Job has ended without a model"},
        {"id": "d", "status": "done", "model": "m", "version": 3},
    ]
    # the first one holds the others back
    assert finished(all_of_them.waiting) == []
    registry.known["/trainings/a"] = {"model": "m", "version": 4}
    all_of_them._advance()
    assert finished(all_of_them.waiting) == [("jobs", 0, 0), ("jobs", 0, 1)]
    # what is done is not told twice
    assert len(results.values) == 3
