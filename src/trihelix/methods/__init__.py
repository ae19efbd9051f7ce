"""Pure statistics: arrays in, numbers out; no data access."""
