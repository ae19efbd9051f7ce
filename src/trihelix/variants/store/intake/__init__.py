"""How files become a batch: staged, normalised, sorted, merged, assembled."""
