package lib.drift_test

import data.lib.drift

now := "2026-11-29T12:00:00Z"

bounds := {"drift": 0.3}

strict := {"drift": 0.3, "driftMethod": "population-stability-index", "driftMaxAgeDays": 30}

good := {"score": 0.29, "method": "population-stability-index", "measuredAt": "2026-10-30T12:00:00Z"}

findings(given, asked) := drift.findings({"spec": {"drift": given}}, asked, now)

test_drift_below_its_bound if {
	findings({"score": 0}, bounds) == []
	findings(good, bounds) == []
	findings(good, strict) == []
}

test_no_drift if {
	count(drift.findings(null, bounds, now)) == 1
	every given in [null, [], "low", 0.1, {}] {
		[found] := findings(given, bounds)
		found.field == ["spec", "drift", "score"]
		contains(found.message, "got nothing: compare the data of today")
	}
}

test_drift_at_its_bound if {
	[found] := findings({"score": 0.3}, bounds)
	found.message == concat("", [
		"spec.drift.score must be a number from 0 on and below 0.3, got 0.3: ",
		"train the model on newer data",
	])
}

test_scores_that_are_none if {
	every score in ["0.05", "NaN", -0.05, true, [0.05]] {
		[found] := findings({"score": score}, bounds)
		endswith(found.message, ": write the distance that was measured, as a number")
	}
}

test_no_bound if count(findings({"score": 0}, {})) == 1

test_another_method if {
	every method in ["jensen-shannon", null, 1] {
		[found] := findings(object.union(good, {"method": method}), strict)
		found.field == ["spec", "drift", "method"]
		contains(found.message, "must be population-stability-index, got ")
	}
}

test_a_method_that_is_none if {
	[found] := findings({"score": 0, "method": 1}, bounds)
	contains(found.message, "must be a text, got 1")
}

test_an_old_measurement if {
	every moment in ["2026-10-30T11:59:59Z", "2020-01-01T00:00:00Z", null, "yesterday", 1] {
		[found] := findings(object.union(good, {"measuredAt": moment}), strict)
		found.field == ["spec", "drift", "measuredAt"]
		contains(found.message, "not to come and at most 30 days ago, got ")
	}
}

test_a_measurement_that_is_none if {
	every moment in ["yesterday", 1, "2026-11-29T12:05:01Z"] {
		[found] := findings({"score": 0, "measuredAt": moment}, bounds)
		contains(found.message, "must be a time of RFC 3339 that is not to come, got ")
	}
}

test_clocks_that_differ if findings({"score": 0, "measuredAt": "2026-11-29T12:05:00Z"}, strict_of_any_method) == []

strict_of_any_method := {"drift": 0.3, "driftMaxAgeDays": 30}
