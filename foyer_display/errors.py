"""What the foyer raises on purpose. Its own tree: this process loads nothing of the core but the clock."""


class FoyerError(Exception):
    """Root; its text is fit for a user."""
