"""What a family carries: parsing, normalising and joining variant files."""
