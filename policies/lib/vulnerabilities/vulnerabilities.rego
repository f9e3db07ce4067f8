# The policy `vulnerabilities`: of what a scanner found, nothing is as severe as the bound. Where nothing was
# scanned, nothing is asked.
package lib.vulnerabilities

import data.lib.values

# How severe one is. What a scanner cannot tell may be anything.
ranks := {"negligible": 0, "low": 1, "unknown": 2, "medium": 2, "high": 3, "critical": 4}

findings(_, _, null) := []

findings(_, _, scan) := [values.finding(
	"vulnerabilities", ["spec", "dependencies"], "must be judged by a list of vulnerabilities", scan,
	"give the list that the scanner wrote",
)] if {
	scan != null
	not is_array(scan)
}

findings(manifest, bounds, scan) := [found |
	some vulnerability in scan
	places := places_of(vulnerability, values.below(manifest, "spec", "dependencies"))
	found := problem(vulnerability, places, bounds)
] if {
	is_array(scan)
}

# Where the manifest lists the library that has it.
places_of(vulnerability, dependencies) := [at |
	is_array(dependencies)
	count(dependencies) <= 512
	some at, dependency in dependencies
	values.package_name(dependency.name) == values.package_name(vulnerability.name)
]

problem(vulnerability, _, _) := values.finding(
	"vulnerabilities", ["spec", "dependencies"], "must be judged by vulnerabilities with id, name, version and severity",
	vulnerability, "give the list that the scanner wrote",
) if {
	not is_known(vulnerability)
}

problem(vulnerability, places, bounds) := {
	"policy": "vulnerabilities",
	"field": field(places),
	"message": message(vulnerability, field(places), bound_of(places, bounds)),
} if {
	is_known(vulnerability)
	not is_accepted(vulnerability, bound_of(places, bounds))
}

is_known(vulnerability) if {
	is_object(vulnerability)
	lower(vulnerability.severity) in object.keys(ranks)
	every name in ["id", "name", "version"] { values.is_text(vulnerability[name]) }
}

field([]) := ["spec", "dependencies"]

field(places) := ["spec", "dependencies", places[0]] if count(places) > 0

# The severity from which on it is refused: libraries that the manifest lists have a bound of their own.
bound_of([], bounds) := values.field(bounds, "severity")

bound_of(places, bounds) := values.field(bounds, "dependencySeverity") if count(places) > 0

is_accepted(vulnerability, bound) if ranks[lower(vulnerability.severity)] < ranks[bound]

message(vulnerability, path, bound) := concat("", [
	values.path_text(path), " must have nothing that is known to be vulnerable from ", values.shown(bound), " on, got ",
	vulnerability.name, " ", vulnerability.version, " with ", vulnerability.id,
	" (", lower(vulnerability.severity), "): ",
	advice(values.field(vulnerability, "fixedIn")),
])

advice(fixed) := concat("", ["use version ", fixed, " or later"]) if values.is_text(fixed)

advice(fixed) := "no version without it is known: use another library" if not values.is_text(fixed)
