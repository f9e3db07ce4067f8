package lib.vulnerabilities_test

import data.lib.vulnerabilities

bounds := {"severity": "critical", "dependencySeverity": "low"}

manifest := {"spec": {"dependencies": [
	{"name": "numpy", "version": "2.3.0"},
	{"name": "scikit_learn", "version": "1.7.0"},
	"odd",
]}}

findings(scan) := vulnerabilities.findings(manifest, bounds, scan)

known(name, severity) := {"id": "CVE-2026-1", "name": name, "version": "1.7.0", "severity": severity}

test_nothing_scanned if findings(null) == []

test_nothing_found if findings([]) == []

test_below_the_bounds if {
	findings([known("openssl", "high"), known("openssl", "unknown"), known("numpy", "negligible")]) == []
}

test_a_library_of_the_manifest if {
	findings([object.union(known("Scikit-Learn", "Low"), {"fixedIn": "1.7.1"})]) == [{
		"policy": "vulnerabilities",
		"field": ["spec", "dependencies", 1],
		"message": concat("", [
			"spec.dependencies[1] must have nothing that is known to be vulnerable from \"low\" on, ",
			"got Scikit-Learn 1.7.0 with CVE-2026-1 (low): use version 1.7.1 or later",
		]),
	}]
}

test_a_package_of_the_image if {
	[found] := findings([known("openssl", "CRITICAL")])
	found.field == ["spec", "dependencies"]
	endswith(found.message, "(critical): no version without it is known: use another library")
}

test_no_libraries if {
	every spec in [null, {"dependencies": null}, {"dependencies": "numpy"}] {
		count(vulnerabilities.findings({"spec": spec}, bounds, [known("numpy", "low")])) == 0
		count(vulnerabilities.findings({"spec": spec}, bounds, [known("numpy", "critical")])) == 1
	}
}

test_what_is_no_scan if {
	every scan in ["none", {}, 0, true] {
		[found] := findings(scan)
		contains(found.message, "must be judged by a list of vulnerabilities")
	}
}

test_what_is_no_vulnerability if {
	every one in [
		null, "CVE-2026-1", {}, known("", "low"), known(1, "low"), known("numpy", "awful"), known("numpy", null),
		object.remove(known("numpy", "low"), ["id"]), object.remove(known("numpy", "low"), ["severity"]),
	] {
		[found] := findings([one])
		contains(found.message, "must be judged by vulnerabilities with id, name, version and severity")
	}
}

test_no_bounds if count(vulnerabilities.findings(manifest, {}, [known("openssl", "low")])) == 1
