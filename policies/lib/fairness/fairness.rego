# The policy `fairness`: groups of persons were compared, and do not differ by more than the bound.
package lib.fairness

import data.lib.figures
import data.lib.values

findings(manifest, bounds) := array.flatten([
	presence(given),
	differences(given, bounds),
	attributes(given, bounds),
]) if {
	given := values.below(manifest, "spec", "fairness")
}

presence(given) := [values.finding(
	"fairness", ["spec", "fairness"], "must have a figure", given,
	"compare the groups of persons that the model decides about, such as by demographic_parity",
)] if {
	not has_figure(given)
} else := []

has_figure(given) if {
	is_object(given)
	some figure in figures.of_fairness
	is_number(given[figure])
}

differences(given, bounds) := [found |
	is_object(given)
	some name in sort(object.keys(given))
	name != "protected_attributes"
	not kept(name, given[name], bounds)
	found := values.finding(
		"fairness", ["spec", "fairness", name], rule(name, bounds), given[name],
		advice(name, given[name]),
	)
]

kept("disparate_impact", given, bounds) if {
	values.is_between(given, bounds.leastDisparateImpact, bounds.mostDisparateImpact)
}

kept(name, given, bounds) if {
	name in figures.of_fairness
	name != "disparate_impact"
	figures.in_range(name, given)
	given <= bounds.fairness
}

# What the schema of the kind does not know says nothing, but must be a figure.
kept(name, given, _) if {
	not name in figures.of_fairness
	figures.in_range(name, given)
}

rule("disparate_impact", bounds) := concat("", [
	"must be between ", values.shown(values.field(bounds, "leastDisparateImpact")),
	" and ", values.shown(values.field(bounds, "mostDisparateImpact")),
])

rule(name, bounds) := concat("", ["must be between 0 and ", values.shown(values.field(bounds, "fairness"))]) if {
	name in figures.of_fairness
	name != "disparate_impact"
}

rule(name, _) := figures.range_rule(name) if not name in figures.of_fairness

advice(name, given) := "write the figure that was measured, as a number" if not figures.in_range(name, given)

advice(name, given) := "train on data in which the groups are alike, or have the reviewers change the bound" if {
	figures.in_range(name, given)
}

attributes(given, bounds) := array.concat(
	[values.finding("fairness", path, "must be a list of texts", named, "name the columns that tell the groups apart") |
		named != null
		not are_texts(named)
	],
	[values.finding(
		"fairness", path, concat("", ["must name ", wanted]), named,
		"compare the groups of that column too",
	) |
		some wanted in list(values.field(bounds, "protectedAttributes"))
		not wanted in list(named)
	],
) if {
	path := ["spec", "fairness", "protected_attributes"]
	named := values.field(given, "protected_attributes")
}

are_texts(value) if {
	is_array(value)
	every item in value { values.is_text(item) }
}

list(value) := value if is_array(value)

list(value) := [] if not is_array(value)
