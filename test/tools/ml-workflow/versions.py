"""Prints the versions of a model, and the runs of an experiment, as JSON."""

import json
import sys

from mlflow import MlflowClient

client = MlflowClient()
versions = client.search_model_versions(f"name = '{sys.argv[1]}'")
experiment = client.get_experiment_by_name(sys.argv[2])
runs = client.search_runs([experiment.experiment_id]) if experiment else []
print(
    json.dumps(
        {
            "versions": [
                {"version": int(one.version), "tags": one.tags, "source": one.source, "run": one.run_id}
                for one in sorted(versions, key=lambda one: int(one.version))
            ],
            "runs": [{"id": run.info.run_id, "name": run.info.run_name, "tags": run.data.tags} for run in runs],
        }
    )
)
