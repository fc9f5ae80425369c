"""One archive of the database and every stored file: made, tried, kept, and brought back."""


class BackupError(Exception):
    """With a sentence for whoever runs the command."""
