"""Evidence that rare disease and cancer share: frequency, checks of the family's data, the waterfall."""
