"""An Interpretation as HTML, TSV and JSON."""
