"""The genome store: genomes of any number of people as plain Parquet, committed by manifest, counted in place."""
