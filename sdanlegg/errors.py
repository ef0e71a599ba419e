"""The error tree, sorted by what the caller does about it."""

from sdanlegg.quality import BAD, COMM


class SdError(Exception):
    """Root of every error that this program raises on purpose; its text is fit for a user."""


class ConfigError(SdError):
    """The configuration must be mended: the text names file, line and key; nothing is started."""


class DeviceError(SdError):
    """A device (one unit) did not answer as it should: its points go bad, polling it goes on with back-off."""

    def __init__(self, text: str, quality: int = BAD | COMM) -> None:
        super().__init__(text)
        self.quality = quality  # what its points become


class LinkError(SdError):
    """The connection itself is gone or useless: close it, mark every device on it, connect anew with back-off."""


class StoreError(SdError):
    """The history could not be written or read: what is not accepted is kept and tried again."""


class StoreFullError(StoreError):
    """The disk that holds the history takes nothing more."""


class StoreInUseError(StoreError):
    """Another process holds the history for writing."""


class DamagedError(SdError):
    """A piece of the history cannot be read, the text says which; who knows the file makes a StoreError of it."""


class TooMuchError(SdError, ValueError):
    """Somebody asked for an answer larger than this machine should make: ask for less."""


class UnknownPointError(SdError):
    """Somebody asked for a point that the hall does not have."""
