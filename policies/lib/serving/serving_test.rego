package lib.serving_test

import data.lib.serving

digest := "3b4c1d2e5f60718293a4b5c6d7e8f9000112233445566778899aabbccddeeff0"

findings(image, bounds) := serving.findings({"spec": {"serving": {"image": image}}}, bounds)

pinned := {"imageDigest": true}

test_an_image_by_digest if {
	every name in ["registry.example/m", "registry.example:5000/m:1.0"] {
		image := concat("@sha256:", [name, digest])
		findings(image, pinned) == []
		findings(image, {}) == []
	}
}

test_no_image if {
	every manifest in [null, {}, {"spec": {"serving": {}}}] { serving.findings(manifest, pinned) == [] }
}

test_an_image_by_tag if {
	findings("registry.example/m:1.0", {"imageDigest": false}) == []
	findings("registry.example/m:1.0", pinned) == [{
		"policy": "image",
		"field": ["spec", "serving", "image"],
		"message": concat("", [
			"spec.serving.image must have a digest, such as registry/model@sha256:..., ",
			"got \"registry.example/m:1.0\": take the digest that the registry gave it",
		]),
	}]
}

test_digests_that_are_none if {
	every image in [
		"m@sha256:", "m@sha256:abc", concat("", ["m@sha512:", digest]), concat("", ["@sha256:", digest]),
		concat("", ["m@sha256:", upper(digest)]), concat("", ["m@sha256:", digest, "0"]),
		concat("", ["a@b@sha256:", digest]),
	] {
		count(findings(image, pinned)) == 1
	}
}

test_what_is_no_image if {
	every image in [1, "", " ", [], {}, true] {
		every bounds in [pinned, {}] {
			[found] := findings(image, bounds)
			found.policy == "image"
		}
	}
}
