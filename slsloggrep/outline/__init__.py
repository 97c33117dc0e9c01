"""Reports worded and arranged: what every format shows, and the words that the terminal shares."""
