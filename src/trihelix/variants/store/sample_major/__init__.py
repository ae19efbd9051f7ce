"""The copy by sample: how it is laid out, written and read."""
