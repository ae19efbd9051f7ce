"""What makes a commit: manifests, digests, staging folders, collection, tombstones."""
