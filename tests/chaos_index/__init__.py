"""An index on each database, a node that lies, reorgs and kills: `PYTHONPATH=tests python -m chaos_index --help`."""
