"""The gate between the stages of a workflow."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from conftest import Outcome, Run


@pytest.fixture
def gate(run: Run) -> Run:
    """Runs the gate on the figures of stages before it."""

    def call(metrics: list[str], threshold: float | None, inputs: list[str], **more: str) -> Outcome:
        variables = {
            "EVALUATION_METRICS": json.dumps(metrics),
            **({} if threshold is None else {"EVALUATION_THRESHOLD": str(threshold)}),
            "METRICS_INPUTS": str(len(inputs)),
            **{f"METRICS_INPUT_{index}": base64.b64encode(text.encode()).decode() for index, text in enumerate(inputs)},
            **more,
        }
        return run("evaluation_gate.py", variables=variables)

    return call


def test_figures_that_reach_the_threshold_let_the_run_go_on_and_are_handed_on(gate: Run) -> None:
    outcome = gate(["accuracy", "recall"], 0.85, ['{"accuracy": 0.85, "recall": 0.91, "loss": 3}'])
    assert outcome.status == 0
    assert outcome.metrics == {"accuracy": 0.85, "recall": 0.91}
    assert outcome.message == "accuracy 0.85, recall 0.91"


def test_a_run_with_a_figure_below_it_fails_for_good_and_every_such_figure_is_named(gate: Run) -> None:
    outcome = gate(["accuracy", "precision", "recall"], 0.85, ['{"accuracy": 0.84, "precision": 0.9, "recall": 0.2}'])
    assert outcome.status == 3
    assert outcome.message == "accuracy is 0.84, below the threshold 0.85; recall is 0.2, below the threshold 0.85"


@pytest.mark.parametrize("threshold", [0.5, None])
def test_a_figure_that_is_not_reported_fails_the_run(gate: Run, threshold: float | None) -> None:
    outcome = gate(["accuracy", "f1_score"], threshold, ['{"accuracy": 0.9}', ""])
    assert outcome.status == 3
    assert outcome.message == "f1_score was reported by no stage before and by no run in MLflow"


def test_not_a_number_is_no_figure(gate: Run) -> None:
    outcome = gate(["accuracy"], 0, ['{"accuracy": NaN}'])
    assert outcome.status == 3
    assert outcome.message == "accuracy is nan, which is not a number"
    assert outcome.metrics == {}


@pytest.mark.parametrize(
    "given", ['{"accuracy": true}', '{"accuracy": null}', '{"accuracy": "high"}', '{"accuracy": [1]}']
)
def test_what_is_no_number_is_no_figure(gate: Run, given: str) -> None:
    assert gate(["accuracy"], 0, [given]).status == 3


def test_what_is_no_json_of_figures_fails_the_run_for_good(gate: Run) -> None:
    outcome = gate(["accuracy"], 0, ["accuracy=0.9"])
    assert outcome.status == 3
    assert outcome.message.startswith("metrics are no JSON")
    assert gate(["accuracy"], 0, ["3"]).message == "metrics must be a JSON object of names and numbers"


def test_a_later_stage_wins_and_the_program_of_the_stage_itself_wins_over_all(gate: Run, tmp_path: Path) -> None:
    inputs = ['{"accuracy": 0.1, "recall": 0.9}', '{"accuracy": 0.9}']
    assert gate(["accuracy", "recall"], 0.85, inputs).status == 0
    own = tmp_path / "own.json"
    own.write_text('{"accuracy": 0.3}')
    assert gate(["accuracy", "recall"], 0.85, inputs, METRICS_FILE=str(own)).message.startswith("accuracy is 0.3,")


def test_the_form_of_a_train_job_is_read_where_values_are_texts(gate: Run) -> None:
    outcome = gate(["accuracy"], 0.85, ['{"accuracy":"0.91"}'])
    assert outcome.status == 0
    assert outcome.metrics == {"accuracy": 0.91}
    assert gate(["accuracy"], 0.85, ['[{"name":"accuracy","value":"0.5"}]']).status == 3


def test_an_mlflow_that_does_not_answer_fails_the_attempt_and_not_the_run(gate: Run) -> None:
    outcome = gate(
        ["accuracy"],
        0.85,
        [],
        MLFLOW_TRACKING_URI="http://127.0.0.1:9",
        MLFLOW_EXPERIMENT_NAME="x",
        WORKFLOW_NAMESPACE="ml-workflows",
        WORKFLOW_RUN="run",
    )
    assert outcome.status == 1
    assert outcome.message.startswith("MLflow cannot be reached")
