"""The article page as one writes it first: count in the view, query, render."""
