# The policy `manifest`: it is a ModelDeployment of a model with a name and a version, and its figures are numbers.
package lib.structure

import data.lib.figures
import data.lib.values

findings(manifest, bounds) := array.flatten([kinds(manifest), names(manifest), measured(manifest, bounds)])

kinds(manifest) := [found |
	some [name, text] in [["apiVersion", "mlifecycle.io/v1"], ["kind", "ModelDeployment"]]
	given := values.field(manifest, name)
	given != text
	rule := concat("", ["must be ", text])
	found := values.finding("manifest", [name], rule, given, "no other object is the manifest of a model")
]

names(manifest) := [found |
	some name in ["name", "version"]
	given := values.field(values.below(manifest, "spec", "model"), name)
	not values.is_text(given)
	found := values.finding("manifest", ["spec", "model", name], "must be a text", given, "write it in quotes")
]

# Figures with a bound are their policy's.
measured(manifest, bounds) := [found |
	metrics := values.below(manifest, "spec", "metrics")
	is_object(metrics)
	some name in sort(object.keys(metrics))
	not name in {figure | some [figure, _, _] in figures.asked(bounds)}
	not figures.in_range(name, metrics[name])
	found := values.finding(
		"manifest", ["spec", "metrics", name], figures.range_rule(name), metrics[name],
		"write the figure that was measured, as a number",
	)
]
