"""What differs between two versions of a pack: one module per kind of pack."""
