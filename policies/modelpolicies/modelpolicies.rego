# The gate at admission, for a ConstraintTemplate of Gatekeeper: `input.review` is the request, and
# `input.parameters` are the bounds.
package modelpolicies

import data.lib.gate
import data.lib.values

violation contains {"msg": message, "details": finding} if {
	not is_accepted
	some finding in findings
	message := concat("", [finding.policy, ": ", finding.message])
}

# Whatever the reason, what is not allowed is refused.
violation contains {"msg": "the policy gate cannot judge the manifest", "details": {}} if {
	not is_accepted
	not verdict.allowed
	count(findings) == 0
}

findings := {finding | some finding in verdict.findings}

verdict := gate.verdict(
	values.below(input, "review", "object"),
	values.field(input, "parameters"),
	time.format(time.now_ns()),
	null,
)

# Metadata of what was accepted may change, also where its evidence is old by now: finalizers go away at a deletion.
is_accepted if {
	input.review.operation == "UPDATE"
	input.review.oldObject.spec == input.review.object.spec
}

# A grant of break-glass that counts now. ValidatingAdmissionPolicy break-glass-modeldeployments says who may give
# one. The schema of the API server holds all the same.
is_accepted if {
	annotations := input.review.object.metadata.annotations
	regex.match(`^[A-Za-z0-9][A-Za-z0-9._/#-]{1,62}: .{10,256}$`, annotations["mlifecycle.io/break-glass"])
	annotations["mlifecycle.io/break-glass-by"] != ""
	until := annotations["mlifecycle.io/break-glass-until"]
	regex.match(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$`, until)
	left := time.parse_rfc3339_ns(until) - time.now_ns()
	left > 0
	left <= ((24 * 3600) * 1000) * 1000000
}
