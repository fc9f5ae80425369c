"""The servers under measurement that are not the newsroom itself, and everybody's content."""
