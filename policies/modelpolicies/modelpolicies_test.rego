package modelpolicies_test

import data.lib.gate_test
import data.modelpolicies

request := {"review": {"operation": "CREATE", "object": gate_test.sample}, "parameters": gate_test.bounds}

bad := json.patch(gate_test.sample, [{"op": "replace", "path": "/spec/metrics/f1_score", "value": 0.5}])

test_what_is_kept if {
	violations := modelpolicies.violation with input as request
	count(violations) == 0
}

test_what_is_broken if {
	request_of_bad := json.patch(request, [{"op": "replace", "path": "/review/object", "value": bad}])
	violations := modelpolicies.violation with input as request_of_bad
	[{"msg": message, "details": finding}] := [one | some one in violations]
	finding.policy == "f1-score"
	finding.field == ["spec", "metrics", "f1_score"]
	startswith(message, "f1-score: spec.metrics.f1_score must be at least 0.8, got 0.5")
}

update(old, new) := {
	"review": {"operation": "UPDATE", "object": new, "oldObject": old},
	"parameters": gate_test.bounds,
}

test_a_change_of_the_spec if {
	violations := modelpolicies.violation with input as update(gate_test.sample, bad)
	count(violations) == 1
}

test_a_change_of_metadata if {
	violations := modelpolicies.violation with input as update(bad, object.union(bad, {"metadata": {"finalizers": []}}))
	count(violations) == 0
}

test_what_is_no_request if {
	every given in [{}, {"review": {}}, {"parameters": {}}, {"review": {"object": gate_test.sample}}] {
		violations := modelpolicies.violation with input as given
		count(violations) > 0
	}
}

test_no_verdict if {
	violations := modelpolicies.violation with input as request
		with data.lib.gate.verdict as {}
	violations == {{"msg": "the policy gate cannot judge the manifest", "details": {}}}
}

granted(changes) := json.patch(request, [{"op": "replace", "path": "/review/object", "value": object.union(
	bad,
	{"metadata": {"annotations": object.union(
		{
			"mlifecycle.io/break-glass": "INC-4711: the registry with the signatures is down",
			"mlifecycle.io/break-glass-until": "2026-11-30T04:00:00Z",
			"mlifecycle.io/break-glass-by": "oskar",
		},
		changes,
	)}},
)}])

night := time.parse_rfc3339_ns("2026-11-29T22:00:00Z")

test_a_grant_counts if {
	violations := modelpolicies.violation with input as granted({})
		with time.now_ns as night
	count(violations) == 0
}

test_a_grant_that_does_not_count if {
	every changes in [
		{"mlifecycle.io/break-glass": "because I can"},
		{"mlifecycle.io/break-glass-by": ""},
		{"mlifecycle.io/break-glass-until": "tomorrow"},
		{"mlifecycle.io/break-glass-until": "2026-13-30T04:00:00Z"},
		{"mlifecycle.io/break-glass-until": "2026-11-29T22:00:00Z"},
		{"mlifecycle.io/break-glass-until": "2026-11-30T22:00:01Z"},
	] {
		violations := modelpolicies.violation with input as granted(changes)
			with time.now_ns as night
		count(violations) == 1
	}
}
