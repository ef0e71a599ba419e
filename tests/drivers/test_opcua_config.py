"""Point lists and security tables that no OPC UA link can be made from."""

import pytest

from drivers.opcua import opcua_link
from sdanlegg.clock import SystemClock
from sdanlegg.errors import ConfigError
from sdanlegg.site import OpcUaSecurity
from tests.support.opcua_plc import node
from tests.support.opcua_points import opcua_device, opcua_point
from tests.support.points import group, point


@pytest.mark.parametrize("text", ["ns=2;s=Flow", "nsu=urn:a;i=x", "Flow"])
def test_a_node_that_cannot_be_is_a_fault_of_the_configuration(text: str) -> None:
    with pytest.raises(ConfigError, match=r"plc\.flow"):
        opcua_link([group([opcua_point("flow", text)], opcua_device(1))], SystemClock())


def test_a_modbus_point_has_no_place_here() -> None:
    with pytest.raises(ConfigError, match=r"d\.x has no OPC UA node"):
        opcua_link([group([point()], opcua_device(1))], SystemClock())


@pytest.mark.parametrize("over", [{"path": "/other"}, {"security": OpcUaSecurity(insecure_ok=True, user="x")}])
def test_devices_that_share_a_server_share_endpoint_and_security(over: dict) -> None:
    groups = [
        group([opcua_point("flow", node("Flow"))], opcua_device(1)),
        group([opcua_point("level", node("Level"))], opcua_device(1, **over), 1),
    ]
    with pytest.raises(ConfigError, match="share"):
        opcua_link(groups, SystemClock())
