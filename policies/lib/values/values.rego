# What the policies ask of values, and how they say so.
#
# Nothing here is undefined for any value: where a rule were undefined, a manifest would be allowed.
package lib.values

# A field of an object, or null where there is none.
default field(_, _) := null

field(parent, name) := parent[name] if is_object(parent)

# What spec says below two fields, or null where it says nothing.
below(parent, first, second) := field(field(parent, first), second)

# A text that says something.
is_text(value) if {
	is_string(value)
	trim_space(value) != ""
}

# A number from `lowest` on. There is no NaN and no Infinity in JSON; who writes them has written texts.
is_from(value, lowest) if {
	is_number(value)
	value >= lowest
}

is_between(value, lowest, highest) if {
	is_from(value, lowest)
	value <= highest
}

# Digits and nothing else.
is_digits(text) if {
	is_string(text)
	text != ""
	trim(text, "0123456789") == ""
}

# Whether all of a text is of these characters.
is_of(text, characters) if trim(text, characters) == ""

# A value as a message shows it: in one line, short, and alike in every engine, which keep fields in orders of their
# own.
shown(value) := short(text_of(value))

text_of(null) := "nothing"

text_of(value) := concat("", ["{", concat(",", fields), "}"]) if {
	is_object(value)
	fields := [concat("", [scalar_text(name), ":", item_text(value[name])]) |
		some name in array.slice(sort(object.keys(value)), 0, most_shown)
	]
}

text_of(value) := concat("", ["[", concat(",", items), "]"]) if {
	is_array(value)
	items := [item_text(item) | some item in array.slice(value, 0, most_shown)]
}

text_of(value) := scalar_text(value) if is_scalar(value)

item_text(value) := "{...}" if is_object(value)

item_text(value) := "[...]" if is_array(value)

item_text(value) := scalar_text(value) if is_scalar(value)

item_text(null) := "null"

is_scalar(value) if type_name(value) in {"boolean", "number", "string"}

scalar_text(value) := json.marshal(value) if not is_string(value)

# Engines escape more or less than this.
scalar_text(value) := concat("", ["\"", escaped(value), "\""]) if is_string(value)

escaped(text) := replace(replace(quoted(text), "\n", "\\n"), "\r", "\\r")

quoted(text) := replace(replace(text, "\\", "\\\\"), "\"", "\\\"")

# More fields and items are longer than a message shows.
most_shown := 16

short(text) := text if count(text) <= 64

short(text) := concat("", [substring(text, 0, 61), "..."]) if count(text) > 64

# Names of packages are alike in any case, with a hyphen, a point or an underscore.
package_name(name) := lower(replace(replace(name, "_", "-"), ".", "-"))

# What a manifest does not keep: the policy, the field from the root of the manifest, what must hold of it, the
# value and what to do.
finding(policy, path, rule, given, advice) := {
	"policy": policy,
	"field": path,
	"message": concat("", [path_text(path), " ", rule, ", got ", shown(given), ": ", advice]),
}

# Such as `spec.dependencies[0].name`.
path_text([]) := "the manifest"

path_text(path) := trim_left(concat("", [step_text(step) | some step in path]), ".") if count(path) > 0

step_text(step) := concat("", ["[", format_int(step, 10), "]"]) if is_number(step)

step_text(step) := concat("", [".", step]) if is_string(step)
