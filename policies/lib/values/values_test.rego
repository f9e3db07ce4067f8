package lib.values_test

import data.lib.values

test_field_of_an_object if values.field({"a": 1}, "a") == 1

test_field_that_is_false if values.field({"a": false}, "a") == false

test_field_of_nothing if {
	every parent in [null, [], ["a"], "a", 1, true, {}] { values.field(parent, "a") == null }
}

test_below if {
	values.below({"a": {"b": 1}}, "a", "b") == 1
	values.below({"a": "b"}, "a", "b") == null
}

test_text if {
	values.is_text("a")
	every value in ["", " \t\n", null, 1, true, [], {}] { not values.is_text(value) }
}

test_number_between if {
	every value in [0, 0.5, 1] { values.is_between(value, 0, 1) }
	every value in [-0.1, -1e300, 1.0000001, 1e300, "0.5", "NaN", null, true, [0.5], {"a": 0.5}] {
		not values.is_between(value, 0, 1)
	}
}

test_digits if {
	values.is_digits("0123456789")
	every value in ["", "1.0", "-1", "1e3", "a", 1, null] { not values.is_digits(value) }
}

test_characters if {
	values.is_of("abba", "ab")
	not values.is_of("abc", "ab")
	not values.is_of("acb", "ab")
}

test_shown_values if {
	values.shown(null) == "nothing"
	values.shown("a") == "\"a\""
	values.shown(0.79) == "0.79"
	values.shown({"b": [1], "a": {"c": 2}, "d": null}) == `{"a":{...},"b":[...],"d":null}`
	values.shown("a\\b \"c\"\r\n<>&") == `"a\\b \"c\"\r\n<>&"`
	values.shown([1, "a", true, {}]) == `[1,"a",true,{...}]`
	shown := values.shown(concat("", ["abcdefghij" | some _ in numbers.range(1, 20)]))
	count(shown) == 64
	endswith(shown, "...")
}

test_package_names if values.package_name("Scikit_Learn.Extra") == "scikit-learn-extra"

test_finding if {
	values.finding("drift", ["spec", "a", 0, "b"], "must be 1", 2, "write 1") == {
		"policy": "drift",
		"field": ["spec", "a", 0, "b"],
		"message": "spec.a[0].b must be 1, got 2: write 1",
	}
}

test_finding_about_all if {
	values.finding("a", [], "must be b", "c", "d").message == `the manifest must be b, got "c": d`
}
