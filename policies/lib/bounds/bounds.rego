# Whether the bounds are ones: what is mistyped there, or left out, must not let a manifest pass.
package lib.bounds

import data.lib.values

severities := ["negligible", "low", "medium", "high", "critical"]

methods := ["kolmogorov-smirnov", "population-stability-index", "jensen-shannon"]

# What must hold of each bound, by its name.
rules := {
	"approval": "must be true or false",
	"card": "must be true or false",
	"dependencies": "must be a list of texts",
	"dependencySeverity": concat("", ["must be one of ", concat(", ", severities)]),
	"drift": "must be a number above 0 and of at most 1",
	"driftMaxAgeDays": "must be a number above 0",
	"driftMethod": concat("", ["must be one of ", concat(", ", methods)]),
	"fairness": "must be a number between 0 and 1",
	"imageDigest": "must be true or false",
	"least": "must be an object of numbers of at least 0, with accuracy and f1_score",
	"leastDisparateImpact": "must be a number between 0 and 1",
	"most": "must be an object of numbers of at least 0",
	"mostDisparateImpact": "must be a number of at least 1",
	"owner": "must be true or false",
	"protectedAttributes": "must be a list of texts",
	"severity": concat("", ["must be one of ", concat(", ", severities)]),
}

# Those without which nothing is asked of a part of the manifest.
required := {
	"dependencySeverity",
	"drift",
	"fairness",
	"least",
	"leastDisparateImpact",
	"mostDisparateImpact",
	"severity",
}

findings(bounds) := [finding("the bounds", "must be an object", bounds)] if not is_object(bounds)

findings(bounds) := [found |
	some name in sort(object.keys(bounds) | required)
	found := problem(name, values.field(bounds, name))
] if {
	is_object(bounds)
}

problem(name, given) := finding(name, "is no bound", given) if not name in object.keys(rules)

problem(name, given) := finding(name, rules[name], given) if {
	name in object.keys(rules)
	not holds(name, given)
}

finding(name, rule, given) := {
	"policy": "bounds",
	"field": [],
	"message": concat("", [
		concat("", ["bounds.", name]), " ", rule, ", got ", values.shown(given),
		": write it as one of policies/bounds has it",
	]),
}

holds(name, null) if not name in required

holds(name, given) if {
	name in {"approval", "card", "imageDigest", "owner"}
	is_boolean(given)
}

holds(name, given) if {
	name in {"dependencies", "protectedAttributes"}
	is_array(given)
	every item in given { values.is_text(item) }
}

holds(name, given) if {
	name in {"dependencySeverity", "severity"}
	given in severities
}

holds("driftMethod", given) if given in methods

holds("drift", given) if {
	values.is_between(given, 0, 1)
	given > 0
}

holds("driftMaxAgeDays", given) if {
	values.is_from(given, 0)
	given > 0
}

holds(name, given) if {
	name in {"fairness", "leastDisparateImpact"}
	values.is_between(given, 0, 1)
}

holds("mostDisparateImpact", given) if values.is_from(given, 1)

holds("most", given) if are_figures(given)

holds("least", given) if {
	are_figures(given)
	is_number(given.accuracy)
	is_number(given.f1_score)
}

are_figures(given) if {
	is_object(given)
	every figure in given { values.is_from(figure, 0) }
}
