package lib.structure_test

import data.lib.structure

good := {
	"apiVersion": "mlifecycle.io/v1",
	"kind": "ModelDeployment",
	"spec": {
		"model": {"name": "fraud-detector", "version": "2.1.0"},
		"metrics": {"accuracy": 0.94, "recall": 0.5, "latency_p95_ms": 180},
	},
}

bounds := {"least": {"accuracy": 0.85}}

test_a_manifest if structure.findings(good, bounds) == []

test_what_is_no_manifest if {
	every manifest in [null, [], "a", 1, {}] { count(structure.findings(manifest, bounds)) == 4 }
}

test_another_kind if {
	[found] := structure.findings(object.union(good, {"kind": "AIModel"}), bounds)
	found.field == ["kind"]
	startswith(found.message, `kind must be ModelDeployment, got "AIModel"`)
}

test_a_version_that_is_a_number if {
	manifest := json.patch(good, [{"op": "replace", "path": "/spec/model/version", "value": 2.1}])
	[found] := structure.findings(manifest, bounds)
	found.message == "spec.model.version must be a text, got 2.1: write it in quotes"
}

test_figures_without_a_bound if {
	every given in ["0.5", "NaN", -0.1, 1.1, null, true] {
		manifest := json.patch(good, [{"op": "replace", "path": "/spec/metrics/recall", "value": given}])
		[found] := structure.findings(manifest, bounds)
		found.field == ["spec", "metrics", "recall"]
	}
}

test_figures_with_a_bound_are_of_their_policy if {
	manifest := json.patch(good, [{"op": "replace", "path": "/spec/metrics/accuracy", "value": "0.9"}])
	structure.findings(manifest, bounds) == []
}
