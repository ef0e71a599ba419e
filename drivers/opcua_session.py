"""One OPC UA session: opened step by step, with no task of asyncua's own, and given back within a bound.

asyncua's `Client.connect` would start a supervisor (a read every second), a renewal loop and, with a subscription, a
publish loop that retries for ever; its re-subscription keeps old namespace indices. The services alone do without.
"""

import asyncio
import contextlib
import struct
from typing import Final

from asyncua.client.client import Client
from asyncua.client.ua_session import UaSession
from asyncua.ua.uaerrors import UaError, UaStatusCodeError

from drivers.opcua_security import credentials
from drivers.opcua_status import name_of
from sdanlegg.clock import SECOND_NS, Clock
from sdanlegg.errors import SdError
from sdanlegg.site import Device

# asyncua decodes what the server sent without a guard of its own: a malformed answer surfaces as any of the later ones.
WIRE_FAULTS: Final = (
    UaError,
    OSError,  # TimeoutError and ConnectionError too
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    struct.error,
)
FAREWELL_S: Final = 1.0  # how long a server may take to hear that we leave
_SESSION_S: Final = 60.0  # at least; a server has few sessions, and a dead one should be free again soon
_RENEW_AT: Final = 0.75  # of the secure channel's life (Part 4, 5.5.2.1)


class BareSession(UaSession):
    """A session whose publish requests are sent by its owner."""

    def ensure_publish_loop(self) -> None:
        """Start nothing."""


class Session:
    """A client made for one connection to one server, never used again after close."""

    def __init__(self, device: Device, clock: Clock, timeout_s: float) -> None:
        self._device = device
        self._clock = clock
        self._renew_at_ns = 0
        self._client = client = Client(device.endpoint, timeout=timeout_s)
        client.uaclient.session = BareSession(client.uaclient)
        client.name = client.description = "SD-anlegg"
        client.application_uri = device.security.application_uri
        client.product_uri = "urn:sdanlegg"

    @property
    def services(self) -> UaSession:
        """The services of the session: read, write, subscribe."""
        return self._client.uaclient.session

    async def open(self, longest_wait_s: float) -> None:
        """Connect and log in; SdError for a bad file of ours, else one of WIRE_FAULTS. The caller bounds the time."""
        client = self._client
        shown = await asyncio.to_thread(credentials, self._device.security, self._clock.now_ns())
        if shown.policy is not None:
            client.security_policy = shown.policy  # type: ignore[assignment]  # asyncua's types know policy None only
            client.uaclient.set_security(shown.policy)
        client.session_timeout = int(max(_SESSION_S, 3 * longest_wait_s) * 1000)
        await client.connect_socket()
        await client.send_hello()
        await self._open_channel()
        self._note_renewal()
        await self._create_session()
        await client.activate_session(username=shown.user, password=shown.password)

    async def renew_if_due(self) -> None:
        """Renew the secure channel when three quarters of its life are over."""
        if self._clock.monotonic_ns() >= self._renew_at_ns:
            await self._client.open_secure_channel(renew=True)
            self._client.uaclient.revolve_security_token()
            self._note_renewal()

    async def close(self) -> None:
        """Say goodbye if the server listens, give the socket back in any case; never raises for the wire."""
        try:
            with contextlib.suppress(*WIRE_FAULTS):  # it is gone already, and so are our session and subscription
                async with asyncio.timeout(FAREWELL_S):
                    await self._client.uaclient.close_session(True)
                    await self._client.close_secure_channel()
        finally:
            self.abort()
        await asyncio.sleep(0)  # the loop gives the socket back in its next turn

    def abort(self) -> None:
        """Drop the connection at once, unsent bytes with it."""
        protocol = self._client.uaclient.protocol
        if protocol is not None and protocol.transport is not None:
            protocol.transport.abort()

    async def _open_channel(self) -> None:
        """Open the secure channel; a server that trusts us as little as we it just hangs up, or says nothing."""
        security = self._device.security
        try:
            await self._client.open_secure_channel()
        except (TimeoutError, ConnectionError) as err:
            if security.policy == "None":
                raise
            raise SdError(
                f"no secure channel: the server may not trust {security.certificate}, "
                f"or {security.server_certificate} may not be its own certificate"
            ) from err

    async def _create_session(self) -> None:
        try:
            await self._client.create_session()
        except UaStatusCodeError:
            raise
        except UaError as err:
            policy = self._device.security.policy
            raise SdError(f"security policy {policy} cannot be used with this server: {err}") from err

    def _note_renewal(self) -> None:
        life_ns = self._client.secure_channel_timeout * SECOND_NS // 1000
        self._renew_at_ns = self._clock.monotonic_ns() + int(life_ns * _RENEW_AT)


def reason_of(error: Exception, timeout_s: float) -> str:
    """What went wrong, for a person."""
    match error:
        case UaStatusCodeError():
            reason = name_of(int(error.code))
        case SdError() | UaError():
            reason = str(error)
        case TimeoutError():
            reason = f"no answer within {timeout_s:g} s"
        case ConnectionError(strerror=None):
            reason = "the connection was closed by the other end"
        case OSError():
            reason = error.strerror or str(error)
        case _:
            reason = f"an answer that cannot be read ({type(error).__name__})"
    return reason
