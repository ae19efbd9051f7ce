"""The Parquet files of rows: written, found, unpacked and turned back into genotypes."""
