"""How fast the index is: whole syncs, following the head, and pages of a long history."""
