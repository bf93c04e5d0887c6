"""Two keepers, a node that lies, and a harness that kills: `PYTHONPATH=tests python -m chaos --help`."""
