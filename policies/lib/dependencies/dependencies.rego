# The policy `dependencies`: every library of the service has one version, and is on the platform's list where there
# is one.
package lib.dependencies

import data.lib.values

# What a version is made of: no ranges.
version_characters := "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.+!_-"

# As many libraries as the schema of the kind takes.
most := 512

findings(manifest, bounds) := array.concat(presence(given, allowed), [found |
	is_list(given)
	some at, dependency in given
	found := problem(at, dependency, allowed)
]) if {
	given := values.below(manifest, "spec", "dependencies")
	allowed := allowlist(values.field(bounds, "dependencies"))
}

# The list as a set of names in any version and of names with one, or null where everything may be used.
allowlist(list) := {entry(item) | some item in list} if is_array(list)

allowlist(list) := null if not is_array(list)

entry(item) := concat("==", [values.package_name(name), version]) if [name, version] := split(item, "==")

entry(item) := values.package_name(item) if not contains(item, "==")

presence(given, allowed) := [values.finding(
	"dependencies", ["spec", "dependencies"], "must be a list of at most 512 libraries", given,
	"list the libraries of the service, each with its name and version",
)] if {
	not is_present(given, allowed)
} else := []

is_present(null, null)

is_present(given, null) if is_list(given)

is_present(given, allowed) if {
	allowed != null
	is_list(given)
	count(given) > 0
}

is_list(given) if {
	is_array(given)
	count(given) <= most
}

problem(at, dependency, _) := values.finding(
	"dependencies", ["spec", "dependencies", at], "must have a name and one version", dependency,
	"write both as texts, such as name: xgboost and version: \"2.1.4\"",
) if {
	not is_pinned(dependency)
}

problem(at, dependency, allowed) := values.finding(
	"dependencies", ["spec", "dependencies", at], "must be on the platform's list",
	concat("==", [dependency.name, dependency.version]),
	"use a library of the list, or have the platform's reviewers add it to the bound dependencies",
) if {
	is_pinned(dependency)
	not is_allowed(dependency, allowed)
}

is_pinned(dependency) if {
	is_object(dependency)
	values.is_text(dependency.name)
	values.is_text(dependency.version)
	values.is_of(dependency.version, version_characters)
}

is_allowed(_, null)

is_allowed(dependency, allowed) if values.package_name(dependency.name) in allowed

is_allowed(dependency, allowed) if concat("==", [values.package_name(dependency.name), dependency.version]) in allowed
