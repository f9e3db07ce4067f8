# The policy `image`: where the manifest has an image, its digest says which one.
package lib.serving

import data.lib.values

advice := "take the digest that the registry gave it"

findings(manifest, bounds) := [values.finding("image", path, rule(bounds), image, advice)] if {
	path := ["spec", "serving", "image"]
	image := values.field(values.below(manifest, "spec", "serving"), "image")
	not is_kept(image, bounds)
} else := []

# The workflow sets it when it is built.
is_kept(null, _)

is_kept(image, bounds) if {
	values.field(bounds, "imageDigest") != true
	values.is_text(image)
}

is_kept(image, _) if has_digest(image)

has_digest(image) if {
	[name, digest] := split(image, "@")
	values.is_text(name)
	startswith(digest, "sha256:")
	hexadecimal := trim_prefix(digest, "sha256:")
	count(hexadecimal) == 64
	values.is_of(hexadecimal, "0123456789abcdef")
}

rule(bounds) := "must have a digest, such as registry/model@sha256:..." if values.field(bounds, "imageDigest") == true

rule(bounds) := "must be the name of an image" if values.field(bounds, "imageDigest") != true
