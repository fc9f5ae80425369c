"""Demo content: two dozen articles with pictures, counts, pages and staff, for trying the site."""
