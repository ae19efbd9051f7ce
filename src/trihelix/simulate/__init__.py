"""A synthetic programme, made through services as people would make it."""
