"""
Runs `feast plan` and `feast apply` on each repository folder named on the command line and prints, as JSON, what the
registry then holds. Feast is imported once; each repository gets a process of its own, since they all have a module
`definitions`.
"""

import contextlib
import io
import json
import multiprocessing
import os
import sys

import feast
import feast.repo_operations  # noqa: F401 - imported before the fork
from feast.cli.cli import cli


def commands(folder, queue):
    output = io.StringIO()
    try:
        os.environ["FEAST_USAGE"] = "False"
        os.chdir(folder)
        sys.path.insert(0, folder)
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            cli(["-c", folder, "plan", "--skip-source-validation"], standalone_mode=False)
            cli(["-c", folder, "apply", "--skip-source-validation"], standalone_mode=False)
            store = feast.FeatureStore(folder)
            queue.put(
                {
                    "entities": [
                        {"name": e.name, "joinKey": e.join_key, "type": e.value_type.name, "description": e.description}
                        for e in sorted(store.list_entities(), key=lambda each: each.name)
                        if e.name != "__dummy"
                    ],
                    "views": [
                        {
                            "name": view.name,
                            "ttl": view.ttl.total_seconds() if view.ttl else 0,
                            "owner": view.owner,
                            "description": view.description,
                            "push": view.stream_source.name if view.stream_source else None,
                            "features": {field.name: str(field.dtype) for field in view.features},
                            "texts": {field.name: field.description for field in view.features},
                        }
                        for view in sorted(store.list_feature_views(), key=lambda each: each.name)
                    ],
                    "onRequest": [
                        {
                            "name": view.name,
                            "features": {field.name: str(field.dtype) for field in view.features},
                            "inputs": sorted(
                                [field.name for source in view.source_request_sources.values() for field in source.schema]
                                + [field.name for source in view.source_feature_view_projections.values() for field in source.features]
                            ),
                        }
                        for view in sorted(store.list_on_demand_feature_views(), key=lambda each: each.name)
                    ],
                    "services": [
                        {"name": each.name, "tags": each.tags, "description": each.description}
                        for each in sorted(store.list_feature_services(), key=lambda each: each.name)
                    ],
                }
            )
    except BaseException as error:
        queue.put({"error": f"{type(error).__name__}: {error}\n{output.getvalue()[-2000:]}"})


if __name__ == "__main__":
    results = []
    fork = multiprocessing.get_context("fork")
    for folder in sys.argv[1:]:
        queue = fork.Queue()
        process = fork.Process(target=commands, args=(os.path.abspath(folder), queue))
        process.start()
        results.append(queue.get(timeout=900))
        process.join(timeout=30)
        if process.is_alive():
            process.kill()
    json.dump(results, sys.stdout)
    sys.stdout.flush()
    os._exit(0)
