package lib.fairness_test

import data.lib.fairness

bounds := {"fairness": 0.1, "leastDisparateImpact": 0.8, "mostDisparateImpact": 1.25}

manifest(given) := {"spec": {"fairness": given}}

good := {
	"demographic_parity": 0.1,
	"equalized_odds": 0,
	"equal_opportunity": 0.02,
	"disparate_impact": 1.25,
	"protected_attributes": ["age_group", "gender"],
}

test_an_evaluation if fairness.findings(manifest(good), bounds) == []

test_one_figure_suffices if {
	every name in object.keys(object.remove(good, ["protected_attributes"])) {
		fairness.findings(manifest({name: good[name]}), bounds) == []
	}
}

test_no_evaluation if {
	every given in [null, [], "yes", 0.1, {}, {"protected_attributes": ["age"]}] {
		[found] := fairness.findings(manifest(given), bounds)
		found.field == ["spec", "fairness"]
		startswith(found.message, "spec.fairness must have a figure")
	}
}

test_no_manifest if count(fairness.findings(null, bounds)) == 1

test_differences_above_the_bound if {
	every name in ["demographic_parity", "equalized_odds", "equal_opportunity"] {
		[found] := fairness.findings(manifest(object.union(good, {name: 0.11})), bounds)
		found.field == ["spec", "fairness", name]
		contains(found.message, " must be between 0 and 0.1, got 0.11: train on data")
	}
}

test_a_ratio_far_from_one if {
	every ratio in [0, 0.79, 1.26, 9] {
		[found] := fairness.findings(manifest({"disparate_impact": ratio}), bounds)
		contains(found.message, " must be between 0.8 and 1.25, got ")
		contains(found.message, ": train on data")
	}
}

test_figures_that_are_none if {
	every name in ["demographic_parity", "disparate_impact", "of_somebody"] {
		every given in ["0.01", "NaN", -0.01, true, null, [], 11] {
			[found] := fairness.findings(manifest(object.union(good, {name: given})), bounds)
			found.field == ["spec", "fairness", name]
			endswith(found.message, ": write the figure that was measured, as a number")
		}
	}
}

test_figures_of_somebody if fairness.findings(manifest(object.union(good, {"of_somebody": 0.9})), bounds) == []

test_bounds_that_are_missing if {
	count(fairness.findings(manifest(good), {})) == 4
}

test_attributes if {
	asked := object.union(bounds, {"protectedAttributes": ["gender", "age_group"]})
	fairness.findings(manifest(good), asked) == []
	[found] := fairness.findings(manifest(object.union(good, {"protected_attributes": ["gender"]})), asked)
	found.field == ["spec", "fairness", "protected_attributes"]
	startswith(found.message, "spec.fairness.protected_attributes must name age_group, got [\"gender\"]")
	count(fairness.findings(manifest(object.remove(good, ["protected_attributes"])), asked)) == 2
}

test_attributes_that_are_none if {
	every given in ["age", [1], [""], {"age": true}] {
		evaluation := object.union({"demographic_parity": 0}, {"protected_attributes": given})
		[found] := fairness.findings(manifest(evaluation), bounds)
		contains(found.message, "must be a list of texts")
	}
}
