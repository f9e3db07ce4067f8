package lib.figures_test

import data.lib.figures

bounds := {"least": {"f1_score": 0.8, "accuracy": 0.85}, "most": {"latency_p95_ms": 200, "demographic_parity": 0.05}}

manifest(metrics, fairness) := {"spec": {"metrics": metrics, "fairness": fairness}}

good := manifest(
	{"accuracy": 0.85, "f1_score": 0.8, "latency_p95_ms": 200},
	{"demographic_parity": 0.05},
)

test_figures_at_their_bound if figures.findings(good, bounds) == []

test_policies if figures.policies(bounds) == ["accuracy", "f1-score", "demographic-parity", "latency-p95-ms"]

test_no_bounds if {
	figures.findings(good, null) == []
	figures.findings(good, {"least": 0.85}) == []
}

test_a_figure_that_is_too_low if {
	low := manifest({"accuracy": 0.85, "f1_score": 0.79, "latency_p95_ms": 0}, {"demographic_parity": 0})
	figures.findings(low, bounds) == [{
		"policy": "f1-score",
		"field": ["spec", "metrics", "f1_score"],
		"message": concat("", [
			"spec.metrics.f1_score must be at least 0.8, got 0.79: ",
			"train the model further, or have the platform's reviewers change the bound",
		]),
	}]
}

test_a_figure_that_is_too_great if {
	great := manifest({"accuracy": 1, "f1_score": 1, "latency_p95_ms": 200.5}, {"demographic_parity": 0.051})
	[parity, latency] := figures.findings(great, bounds)
	parity.field == ["spec", "fairness", "demographic_parity"]
	startswith(parity.message, "spec.fairness.demographic_parity must be at most 0.05, got 0.051")
	latency.policy == "latency-p95-ms"
}

test_figures_that_are_missing if {
	every spec in [null, [], "a", {}, {"metrics": null}, {"metrics": []}, {"metrics": "accuracy"}] {
		found := figures.findings({"spec": spec}, bounds)
		count(found) == 4
		every one in found { endswith(one.message, "got nothing: measure it, and add it to the manifest") }
	}
}

test_figures_that_are_none if {
	every given in ["0.9", "NaN", "Infinity", true, [0.9], {"value": 0.9}, -0.9, 1.5, 1e308] {
		[found] := figures.findings(
			manifest({"accuracy": given, "f1_score": 1, "latency_p95_ms": 0}, {"demographic_parity": 0}),
			bounds,
		)
		found.policy == "accuracy"
		endswith(found.message, "it must be a number between 0 and 1: write the figure that was measured")
	}
}
