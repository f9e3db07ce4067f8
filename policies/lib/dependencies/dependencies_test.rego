package lib.dependencies_test

import data.lib.dependencies

bounds := {"dependencies": ["numpy", "scikit_learn", "Torch==2.7.0"]}

findings(given, asked) := dependencies.findings({"spec": {"dependencies": given}}, asked)

library(name, version) := {"name": name, "version": version}

test_libraries_of_the_list if {
	findings([library("NumPy", "2.3.0"), library("scikit-learn", "1.7.0"), library("torch", "2.7.0")], bounds) == []
}

test_no_list if {
	findings(null, {}) == []
	findings([], {}) == []
	findings([library("anything", "1.0")], {}) == []
}

test_libraries_that_are_missing if {
	count(findings("numpy", {})) == 1
	count(dependencies.findings(null, bounds)) == 1
	every given in [null, [], "numpy", {"numpy": "2.3.0"}, 1] {
		[found] := findings(given, bounds)
		found.field == ["spec", "dependencies"]
		contains(found.message, "must be a list of at most 512 libraries")
	}
}

test_more_libraries_than_the_schema_takes if {
	most := [library("numpy", "2") | some _ in numbers.range(1, 512)]
	findings(most, bounds) == []
	every asked in [bounds, {}] { count(findings(array.concat(most, [library("numpy", "2")]), asked)) == 1 }
}

test_other_libraries if {
	given := [library("numpy", "2.3.0"), library("leftpad", "1.0"), library("torch", "2.7.1"), library("nump", "2")]
	found := findings(given, bounds)
	[one.field | some one in found] == [["spec", "dependencies", at] | some at in [1, 2, 3]]
	found[0].message == concat("", [
		"spec.dependencies[1] must be on the platform's list, got \"leftpad==1.0\": ",
		"use a library of the list, or have the platform's reviewers add it to the bound dependencies",
	])
}

test_libraries_without_a_version if {
	every dependency in [
		"numpy", null, 1, {}, [], {"name": "numpy"}, {"version": "1"}, library("numpy", ""), library("numpy", 2),
		library("numpy", ">=2"), library("numpy", "2.*"), library("numpy", "^2.0"), library("numpy", "1, 2"),
		library("", "1"),
	] {
		[found] := findings([dependency], bounds)
		contains(found.message, "spec.dependencies[0] must have a name and one version, got ")
		count(findings([dependency], {})) == 1
	}
}
