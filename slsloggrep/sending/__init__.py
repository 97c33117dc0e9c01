"""Finished documents to where they are wanted: whole or not at all, and for nobody else to read.

What the documents say is decided elsewhere; here they are bytes.
"""
