# The policies `owner` and `card`: who answers for the model, and where one reads what it is for.
package lib.ownership

import data.lib.values

findings(manifest, bounds) := [found |
	some name, advice in {
		"card": "write where the model card is: what the model is for, on which data it was trained, and where it fails",
		"owner": "write the team or person who answers for the model",
	}
	given := values.field(values.below(manifest, "spec", "model"), name)
	not is_kept(given, values.field(bounds, name))
	found := values.finding(name, ["spec", "model", name], "must be a text", given, advice)
]

is_kept(null, asked) if asked != true

is_kept(given, _) if values.is_text(given)
