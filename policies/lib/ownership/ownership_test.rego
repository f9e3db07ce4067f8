package lib.ownership_test

import data.lib.ownership

findings(model, bounds) := ownership.findings({"spec": {"model": model}}, bounds)

asked := {"owner": true, "card": true}

test_owner_and_card if findings({"owner": "fraud-team", "card": "model-card.md"}, asked) == []

test_neither_is_asked_for if {
	findings({}, {"owner": false, "card": false}) == []
	findings({}, {}) == []
}

test_both_are_missing if {
	every model in [null, {}, {"owner": "", "card": " "}, {"owner": null}, {"owner": 1, "card": ["a"]}] {
		[card, owner] := findings(model, asked)
		card.field == ["spec", "model", "card"]
		owner.policy == "owner"
		endswith(owner.message, ": write the team or person who answers for the model")
	}
}

test_what_is_no_text if {
	[found] := findings({"owner": 1}, {})
	found.message == "spec.model.owner must be a text, got 1: write the team or person who answers for the model"
}
