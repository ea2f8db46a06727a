"""What the fields of the API's answers hold: texts, numbers and timestamps, whatever the action."""
