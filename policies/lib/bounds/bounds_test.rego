package lib.bounds_test

import data.lib.bounds

good := {
	"least": {"accuracy": 0.85, "f1_score": 0.8},
	"most": {"latency_p95_ms": 200},
	"fairness": 0.1,
	"leastDisparateImpact": 0.8,
	"mostDisparateImpact": 1.25,
	"protectedAttributes": ["age"],
	"drift": 0.3,
	"driftMethod": "jensen-shannon",
	"driftMaxAgeDays": 30,
	"dependencies": ["numpy", "torch==2.7.0"],
	"severity": "critical",
	"dependencySeverity": "low",
	"imageDigest": true,
	"owner": true,
	"card": false,
	"approval": true,
}

test_good_bounds if bounds.findings(good) == []

test_few_bounds if {
	few := object.filter(good, bounds.required)
	bounds.findings(few) == []
}

test_bounds_that_are_none if {
	every given in [null, [], "a", 1] { count(bounds.findings(given)) == 1 }
}

test_what_is_required if {
	every name in bounds.required {
		messages(bounds.findings(object.remove(good, [name]))) == [concat("", [
			"bounds.", name, " ", bounds.rules[name],
			", got nothing: write it as one of policies/bounds has it",
		])]
	}
}

test_a_mistyped_name if {
	found := messages(bounds.findings(object.union(good, {"leest": {}})))
	found == ["bounds.leest is no bound, got {}: write it as one of policies/bounds has it"]
}

wrong := {
	"least": [
		null, 0.85, {}, {"accuracy": 0.85}, {"accuracy": "0.85", "f1_score": 0.8},
		{"accuracy": -1, "f1_score": 0.8},
	],
	"most": [0.5, [], {"latency_p95_ms": "200"}, {"latency_p95_ms": -1}],
	"fairness": [null, "0.1", -0.1, 1.1],
	"leastDisparateImpact": [null, "0.8", -0.1, 1.1],
	"mostDisparateImpact": [null, "1.25", 0.9],
	"protectedAttributes": ["age", [1], [""]],
	"drift": [null, "0.3", 0, -1, 1.1],
	"driftMethod": ["ks", 1],
	"driftMaxAgeDays": ["30", 0, -1],
	"dependencies": ["numpy", [1], [" "]],
	"severity": [null, "Critical", "bad", 4],
	"dependencySeverity": [null, "none"],
	"imageDigest": ["true", 1],
	"owner": ["yes"],
	"card": [0],
	"approval": ["on"],
}

test_bounds_that_are_mistyped if {
	every name, values in wrong {
		every value in values {
			found := bounds.findings(object.union(object.remove(good, [name]), {name: value}))
			count(found) == 1
			found[0].policy == "bounds"
			startswith(found[0].message, concat("", ["bounds.", name, " must be"]))
		}
	}
}

messages(found) := [one.message | some one in found]
