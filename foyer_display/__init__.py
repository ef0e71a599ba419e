"""Public foyer page: its own small process that reads one snapshot file and nothing else."""
