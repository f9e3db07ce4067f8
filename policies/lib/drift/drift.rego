# The policy `drift`: the data of today was compared with that of the training, in the way that the bound is of, and
# not long ago.
package lib.drift

import data.lib.rfc3339
import data.lib.values

day := 86400

# Clocks differ.
skew := 300

findings(manifest, bounds, now) := array.flatten([
	score(given, bounds),
	method(given, bounds),
	age(given, bounds, now),
]) if {
	given := values.below(manifest, "spec", "drift")
}

score(given, bounds) := [values.finding(
	"drift", ["spec", "drift", "score"],
	concat("", ["must be a number from 0 on and below ", values.shown(values.field(bounds, "drift"))]),
	found, advice(found),
)] if {
	found := values.field(given, "score")
	not kept(found, bounds)
} else := []

kept(found, bounds) if {
	values.is_between(found, 0, 1)
	found < bounds.drift
}

advice(null) := "compare the data of today with that of the training, and write the distance"

advice(given) := "train the model on newer data" if values.is_from(given, 0)

advice(given) := "write the distance that was measured, as a number" if {
	given != null
	not values.is_from(given, 0)
}

method(given, bounds) := [values.finding(
	"drift", ["spec", "drift", "method"], concat("", ["must be ", bounds.driftMethod]), found,
	"measure it in the way that the bound is of",
)] if {
	values.field(bounds, "driftMethod") != null
	found := values.field(given, "method")
	found != bounds.driftMethod
} else := [values.finding(
	"drift", ["spec", "drift", "method"], "must be a text", found,
	"name the measure of the distance",
)] if {
	found := values.field(given, "method")
	found != null
	not values.is_text(found)
} else := []

age(given, bounds, now) := [found |
	measured := values.field(given, "measuredAt")
	not is_recent(measured, bounds, now)
	found := values.finding(
		"drift", ["spec", "drift", "measuredAt"], age_rule(bounds), measured,
		"measure the drift again, and write when",
	)
]

is_recent(null, bounds, _) if values.field(bounds, "driftMaxAgeDays") == null

is_recent(measured, bounds, now) if {
	past := rfc3339.seconds(now) - rfc3339.seconds(measured)
	past >= 0 - skew
	in_days(past, values.field(bounds, "driftMaxAgeDays"))
}

in_days(_, null)

in_days(past, days) if past <= days * day

age_rule(bounds) := "must be a time of RFC 3339 that is not to come" if values.field(bounds, "driftMaxAgeDays") == null

age_rule(bounds) := concat("", [
	"must be a time of RFC 3339 that is not to come and at most ",
	values.shown(bounds.driftMaxAgeDays), " days ago",
]) if {
	values.field(bounds, "driftMaxAgeDays") != null
}
