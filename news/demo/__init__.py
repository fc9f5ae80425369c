"""Demo content: two dozen articles with pictures, counts and staff, for trying the site."""
