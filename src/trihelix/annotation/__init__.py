"""What a variant does and how common and how known it is."""
