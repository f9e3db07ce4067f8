# The policies by the name of a figure, such as `accuracy` and `f1-score`: it is there, and within its bound.
package lib.figures

import data.lib.values

# Figures that `spec.fairness` has; all others are those of `spec.metrics`.
of_fairness := {"demographic_parity", "equalized_odds", "equal_opportunity", "disparate_impact"}

# Figures that may be above 1, with the greatest value that they may have.
greatest := {"disparate_impact": 10, "latency_p95_ms": 1e9}

# Bounds of figures, as `[figure, "least" or "most", bound]`.
asked(bounds) := [[figure, kind, bound] |
	some kind in ["least", "most"]
	figures := values.field(bounds, kind)
	is_object(figures)
	some figure in sort(object.keys(figures))
	bound := figures[figure]
]

policies(bounds) := [policy_name(figure) | some [figure, _, _] in asked(bounds)]

findings(manifest, bounds) := [found |
	some [figure, kind, bound] in asked(bounds)
	given := values.field(values.below(manifest, "spec", block(figure)), figure)
	not kept(kind, figure, given, bound)
	found := values.finding(
		policy_name(figure), ["spec", block(figure), figure],
		concat("", ["must be at ", kind, " ", values.shown(bound)]),
		given, advice(figure, given),
	)
]

kept("least", figure, given, bound) if {
	in_range(figure, given)
	given >= bound
}

kept("most", figure, given, bound) if {
	in_range(figure, given)
	given <= bound
}

advice(_, null) := "measure it, and add it to the manifest"

advice(figure, given) := concat("", ["it ", range_rule(figure), ": write the figure that was measured"]) if {
	given != null
	not in_range(figure, given)
}

advice(figure, given) := "train the model further, or have the platform's reviewers change the bound" if {
	in_range(figure, given)
}

block(figure) := "fairness" if figure in of_fairness

block(figure) := "metrics" if not figure in of_fairness

in_range(figure, given) if values.is_between(given, 0, object.get(greatest, figure, 1))

range_rule(figure) := concat("", ["must be a number between 0 and ", format_int(object.get(greatest, figure, 1), 10)])

policy_name(figure) := replace(figure, "_", "-")
