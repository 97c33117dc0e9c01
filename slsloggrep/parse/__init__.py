"""Events to records: platform lines, structured lines, runtime lines, identifiers."""
