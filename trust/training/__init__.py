"""Training: which items of a dataset may be trained on, and whether an item went into a run."""
