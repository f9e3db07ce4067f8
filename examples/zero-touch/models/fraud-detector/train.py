"""Trains the fraud detector, and writes what its delivery needs.

    python train.py    # beside this file: model-deployment.yaml, MODEL_CARD.md, smoke.json and the folder model

The payments are drawn from a generator with a seed, so that every run gives the same model: an example needs no data of anybody. With your own,
only `payments()` changes. The figures in the manifest are measured here, on payments that the model has not seen; nobody writes them by hand.
"""

import argparse
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score

NAME = "fraud-detector"
FEATURES = ("amount", "payments_last_hour", "seconds_since_last_payment", "distance_km", "account_age_days")
PROTECTED = "age_group"
BINS = 10
# of the inference service, which brings them in the versions of requirements.txt
LIBRARIES = ("onnxruntime", "numpy")
# one that nobody would look at, and one that somebody should
USUAL = (18.5, 1, 86_400, 2.1, 1_900)
STRANGE = (240.0, 9, 240, 85.0, 310)


@dataclass(frozen=True)
class Payments:
    """Payments, one a row."""

    features: NDArray[np.float32]
    is_fraud: NDArray[np.int64]
    # not shown to the model: the groups that it is compared between
    age_group: NDArray[np.int64]


def payments(count: int, seed: int) -> Payments:
    """Draw payments. About a third is fraud: what is rare in life is drawn more often here, as one does for training."""
    draw = np.random.default_rng(seed)
    is_fraud = (draw.random(count) < 0.35).astype(np.int64)
    amount = draw.lognormal(3.2 + 1.1 * is_fraud, 0.7)
    last_hour = draw.poisson(1 + 5 * is_fraud)
    since_last = draw.exponential(90_000 - 82_000 * is_fraud)
    distance = draw.lognormal(1.0 + 2.2 * is_fraud, 1.0)
    age = draw.gamma(4.0, 300.0 - 170.0 * is_fraud)
    features = np.column_stack([amount, last_hour, since_last, distance, age]).astype(np.float32)
    return Payments(features, is_fraud, draw.integers(0, 3, count))


def demographic_parity(answers: NDArray[np.int64], groups: NDArray[np.int64]) -> float:
    """Greatest difference between groups of the share that is called fraud."""
    shares = [float(answers[groups == group].mean()) for group in np.unique(groups)]
    return max(shares) - min(shares)


def equalized_odds(answers: NDArray[np.int64], truth: NDArray[np.int64], groups: NDArray[np.int64]) -> float:
    """Greatest difference between groups of the true and the false positive rates."""
    return max(demographic_parity(answers[truth == value], groups[truth == value]) for value in (0, 1))


def population_stability(expected: NDArray[np.float32], actual: NDArray[np.float32]) -> float:
    """Population stability index of the feature that has moved most."""
    scores = []
    for column in range(expected.shape[1]):
        inner = np.quantile(expected[:, column], np.linspace(0, 1, BINS + 1)[1:-1])
        before = np.bincount(np.searchsorted(inner, expected[:, column]), minlength=BINS) / len(expected)
        after = np.bincount(np.searchsorted(inner, actual[:, column]), minlength=BINS) / len(actual)
        before, after = np.maximum(before, 1e-4), np.maximum(after, 1e-4)
        scores.append(float(np.sum((after - before) * np.log(after / before))))
    return max(scores)


def signature() -> dict[str, Any]:
    """What MLflow keeps beside a model: the columns, by which the service checks requests."""
    columns = [{"name": name, "type": "float", "required": True} for name in FEATURES]
    return {"flavors": {"onnx": {"data": "model.onnx"}}, "signature": {"inputs": json.dumps(columns)}}


def as_json(content: dict[str, Any]) -> str:
    """The text of a file; YAML takes it too."""
    return json.dumps(content, indent=2) + "\n"


def main() -> None:
    """Train, measure and write."""
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", default="2.1.0")
    parser.add_argument("--output", type=Path, default=here)
    parser.add_argument("--trees", type=int, default=60, help="fewer make a worse model, which the gate then stops")
    arguments = parser.parse_args()
    output: Path = arguments.output
    folder = output / "model"
    folder.mkdir(parents=True, exist_ok=True)

    known, unseen, recent = payments(8_000, 1), payments(4_000, 2), payments(4_000, 3)
    model = GradientBoostingClassifier(n_estimators=arguments.trees, max_depth=3, random_state=0)
    model.fit(known.features, known.is_fraud)
    answers = model.predict(unseen.features)

    options = {"zipmap": False}
    opsets = {"": 18, "ai.onnx.ml": 3}
    # without a name it would get one by chance
    onnx = to_onnx(model, known.features[:1], name=NAME, options=options, target_opset=opsets)
    # and its opsets would be in the order of a set
    onnx.opset_import.sort(key=lambda one: str(one.domain))
    (folder / "model.onnx").write_bytes(onnx.SerializeToString())
    (folder / "MLmodel").write_text(as_json(signature()))
    example = {"dataframe_split": {"columns": FEATURES, "data": [USUAL]}}
    (folder / "input_example.json").write_text(as_json(example))
    asked = {"instances": [dict(zip(FEATURES, one, strict=True)) for one in (USUAL, STRANGE)]}
    (output / "smoke.json").write_text(as_json(asked))

    metrics = {
        "accuracy": accuracy_score(unseen.is_fraud, answers),
        "f1_score": f1_score(unseen.is_fraud, answers),
        "precision": precision_score(unseen.is_fraud, answers, zero_division=0),
        "recall": recall_score(unseen.is_fraud, answers),
        "auc_roc": roc_auc_score(unseen.is_fraud, model.predict_proba(unseen.features)[:, 1]),
    }
    fairness = {
        "demographic_parity": demographic_parity(answers, unseen.age_group),
        "equalized_odds": equalized_odds(answers, unseen.is_fraud, unseen.age_group),
    }
    drift = population_stability(known.features, recent.features)
    (output / "model-deployment.yaml").write_text(manifest(arguments.version, metrics, fairness, drift))
    (output / "MODEL_CARD.md").write_text(card(arguments.version, metrics, fairness))


def manifest(model_version: str, metrics: dict[str, float], fairness: dict[str, float], drift: float) -> str:
    """
    What is pushed. The image is missing: the workflow builds it, with the folder `model`. The name has no version, so that each version
    takes the place of the one before, and the operator can go back to that.
    """
    lines = [
        "apiVersion: mlifecycle.io/v1",
        "kind: ModelDeployment",
        "metadata:",
        f"  name: {NAME}",
        "spec:",
        "  model:",
        f"    name: {NAME}",
        f'    version: "{model_version}"',
        "    framework: onnx",
        "    description: Whether a payment is fraud",
        "    owner: payments-ml",
        "    card: MODEL_CARD.md",
        "  metrics:",
        *(f"    {name}: {value:.4f}" for name, value in metrics.items()),
        "  fairness:",
        *(f"    {name}: {value:.4f}" for name, value in fairness.items()),
        f"    protected_attributes: [{PROTECTED}]",
        "  drift:",
        f"    score: {drift:.4f}",
        "    method: population-stability-index",
        f'    measuredAt: "{datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}"',
        "  dependencies:",
        *(f'    - {{ name: {name}, version: "{version(name)}" }}' for name in LIBRARIES),
    ]
    return "\n".join(lines) + "\n"


def card(model_version: str, metrics: dict[str, float], fairness: dict[str, float]) -> str:
    """A model card, as short as one can be (Mitchell et al., Model Cards for Model Reporting, 2019)."""
    figures = {**metrics, **fairness}
    rows = "\n".join(f"| {name} | {value:.4f} |" for name, value in figures.items())
    return (
        f"# {NAME} {model_version}\n\n"
        "Says whether a payment is fraud, for a person to look at. It must not refuse a payment by itself.\n\n"
        f"Trained on 8,000 generated payments with {', '.join(FEATURES)}; measured on 4,000 others. Groups were compared by "
        f"{PROTECTED}, which the model does not see.\n\n"
        f"| figure | value |\n| --- | --- |\n{rows}\n\n"
        "The payments are not real, and neither is the model: do not use it.\n"
    )


if __name__ == "__main__":
    main()
