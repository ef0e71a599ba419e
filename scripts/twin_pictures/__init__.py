"""Pictures of the twin's year for docs/twin.md."""
