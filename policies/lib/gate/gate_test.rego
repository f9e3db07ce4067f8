package lib.gate_test

import data.lib.gate

now := "2026-11-29T12:00:00Z"

bounds := {
	"least": {"accuracy": 0.85, "f1_score": 0.8},
	"fairness": 0.1,
	"leastDisparateImpact": 0.8,
	"mostDisparateImpact": 1.25,
	"drift": 0.3,
	"severity": "critical",
	"dependencySeverity": "low",
}

# The sample of the zero-touch document.
sample := {
	"apiVersion": "mlifecycle.io/v1",
	"kind": "ModelDeployment",
	"spec": {
		"model": {"name": "fraud-detector", "version": "2.1.0", "framework": "pytorch"},
		"metrics": {"accuracy": 0.94, "f1_score": 0.90},
		"fairness": {"demographic_parity": 0.02},
		"drift": {"score": 0.05},
	},
}

test_the_sample if {
	verdict := gate.verdict(sample, bounds, now, null)
	verdict.allowed
	verdict.findings == []
	[policy.name | some policy in verdict.policies] == [
		"bounds", "manifest", "accuracy", "f1-score", "fairness", "drift", "dependencies", "vulnerabilities", "image",
		"owner", "card",
	]
	every policy in verdict.policies { policy.passed }
}

test_each_part_is_needed if {
	every path in ["/apiVersion", "/spec", "/spec/model", "/spec/metrics", "/spec/fairness", "/spec/drift"] {
		verdict := gate.verdict(json.patch(sample, [{"op": "remove", "path": path}]), bounds, now, null)
		not verdict.allowed
		count(verdict.findings) > 0
	}
}

test_each_policy_counts if {
	changes := {
		"accuracy": ["/spec/metrics/accuracy", 0.84],
		"f1-score": ["/spec/metrics/f1_score", 0.7],
		"fairness": ["/spec/fairness", {}],
		"drift": ["/spec/drift/score", 0.9],
		"dependencies": ["/spec/dependencies", "numpy"],
		"image": ["/spec/serving", {"image": 1}],
		"owner": ["/spec/model/owner", 1],
		"card": ["/spec/model/card", 1],
		"manifest": ["/kind", "Model"],
	}
	every policy, change in changes {
		operation := {"op": "add", "path": change[0], "value": change[1]}
		verdict := gate.verdict(json.patch(sample, [operation]), bounds, now, null)
		not verdict.allowed
		[one.name | some one in verdict.policies; one.passed == false] == [policy]
	}
}

test_vulnerabilities_count if {
	scan := [{"id": "CVE-2026-1", "name": "openssl", "version": "3.0", "severity": "critical"}]
	not gate.verdict(sample, bounds, now, scan).allowed
}

test_bounds_count if {
	every given in [null, {}, object.remove(bounds, ["least"])] { not gate.verdict(sample, given, now, null).allowed }
}

test_time_counts if {
	every given in [null, "now", 1] {
		verdict := gate.verdict(sample, bounds, given, null)
		not verdict.allowed
		startswith(verdict.findings[0].message, "the manifest must be judged at a time of RFC 3339, got ")
	}
}

test_a_policy_tells_the_first_of_many if {
	dependencies := [{"name": "numpy", "version": format_int(at, 2)} | some at in numbers.range(1, 6)]
	manifest := json.patch(sample, [{"op": "add", "path": "/spec/dependencies", "value": dependencies}])
	verdict := gate.verdict(manifest, object.union(bounds, {"dependencies": ["torch"]}), now, null)
	count(verdict.findings) == 6
	[message] := [policy.message | some policy in verdict.policies; policy.name == "dependencies"]
	endswith(message, "; and 3 more")
}
