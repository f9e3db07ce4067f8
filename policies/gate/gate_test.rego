package gate_test

import data.gate
import data.lib.gate_test

request := {"manifest": gate_test.sample, "bounds": gate_test.bounds, "now": gate_test.now}

test_a_request if {
	verdict := gate.verdict with input as request
	verdict.allowed
}

test_a_request_with_a_scan if {
	scan := [{"id": "CVE-2026-1", "name": "openssl", "version": "3.0", "severity": "critical"}]
	verdict := gate.verdict with input as object.union(request, {"vulnerabilities": scan})
	not verdict.allowed
}

test_what_is_no_request if {
	every given in [null, "a", [], {}, object.remove(request, ["now"]), object.remove(request, ["bounds"])] {
		verdict := gate.verdict with input as given
		not verdict.allowed
	}
}

test_no_request if not gate.verdict.allowed
