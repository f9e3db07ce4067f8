# The policy gate: what it says of a manifest, in an environment with these bounds.
package lib.gate

import data.lib.bounds as bounds_rules
import data.lib.dependencies
import data.lib.drift
import data.lib.fairness
import data.lib.figures
import data.lib.ownership
import data.lib.rfc3339
import data.lib.serving
import data.lib.structure
import data.lib.values
import data.lib.vulnerabilities

# The findings that a policy's message has at most.
most_messages := 3

# Says whether a manifest may be served, what each policy says, and why not.
#
# - `bounds`: as one of the files in policies/bounds has it
# - `now`: RFC 3339
# - `scan`: a list of vulnerabilities, or null where nothing was scanned
verdict(manifest, bounds, now, scan) := {
	"allowed": count(found) == 0,
	"policies": [policy(name, found) | some name in asked(bounds)],
	"findings": found,
} if {
	found := findings(manifest, bounds, now, scan)
}

findings(manifest, bounds, now, scan) := [finding |
	some list in [
		bounds_rules.findings(bounds),
		clock(now),
		structure.findings(manifest, bounds),
		figures.findings(manifest, bounds),
		fairness.findings(manifest, bounds),
		drift.findings(manifest, bounds, now),
		dependencies.findings(manifest, bounds),
		vulnerabilities.findings(manifest, bounds, scan),
		serving.findings(manifest, bounds),
		ownership.findings(manifest, bounds),
	]
	some finding in list
]

clock(now) := [] if rfc3339.seconds(now)

clock(now) := [values.finding("bounds", [], "must be judged at a time of RFC 3339", now, "give the time")] if {
	not rfc3339.seconds(now)
}

# The policies in the order in which they are told, each once.
asked(bounds) := array.flatten([
	["bounds", "manifest"],
	sort({name | some name in figures.policies(bounds)}),
	["fairness", "drift", "dependencies", "vulnerabilities", "image", "owner", "card"],
])

policy(name, found) := {"name": name, "passed": true} if not name in names(found)

policy(name, found) := {"name": name, "passed": false, "message": message} if {
	name in names(found)
	messages := [finding.message | some finding in found; finding.policy == name]
	message := concat("", [concat("; ", array.slice(messages, 0, most_messages)), more(count(messages) - most_messages)])
}

names(found) := {finding.policy | some finding in found}

more(number) := concat("", ["; and ", format_int(number, 10), " more"]) if number > 0

more(number) := "" if number <= 0
