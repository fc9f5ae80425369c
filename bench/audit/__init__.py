"""What `make audit` measures of the served demo site: a module for each part."""
