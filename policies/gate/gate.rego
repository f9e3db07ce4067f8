# The gate of the command line, the workflow and the operator: `input.manifest`, `input.bounds`, `input.now` and,
# where something was scanned, `input.vulnerabilities`.
package gate

import data.lib.gate
import data.lib.values

# METADATA
# description: What the gate says of a manifest; `data.lib.gate.verdict` has its fields.
# entrypoint: true
verdict := gate.verdict(
	values.field(request, "manifest"),
	values.field(request, "bounds"),
	values.field(request, "now"),
	values.field(request, "vulnerabilities"),
)

default request := {}

request := input if is_object(input)
