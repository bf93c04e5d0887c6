"""Provenance: what a prompt, a draft or an output was made of, and by whom."""
