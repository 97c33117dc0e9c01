"""Search clusters as a source: OpenSearch, Elasticsearch, Amazon's domains and collections."""
