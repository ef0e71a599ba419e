"""Node addresses: the namespace by its URI, all four kinds of identifier, nothing else."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.opcua_node import NodeAddress, parse, resolve

STANDARD = "http://opcfoundation.org/UA/"
GUID = uuid.UUID("0f3a1c52-9d7e-4b60-8a11-5c2e7d904f6b")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("nsu=urn:maker:plc;s=Filter.Flow", NodeAddress("urn:maker:plc", "Filter.Flow")),
        ("nsu=urn:maker:plc;s=a;b=c", NodeAddress("urn:maker:plc", "a;b=c")),
        ("nsu=urn:maker:plc;s= Trykk øst ", NodeAddress("urn:maker:plc", " Trykk øst ")),
        ("nsu=urn:maker:plc;i=4294967295", NodeAddress("urn:maker:plc", 4_294_967_295)),
        (f"nsu=urn:maker:plc;g={GUID}", NodeAddress("urn:maker:plc", GUID)),
        ("nsu=urn:maker:plc;b=AAEC/w==", NodeAddress("urn:maker:plc", b"\x00\x01\x02\xff")),
        ("nsu=urn:a%3Bb%25c;i=1", NodeAddress("urn:a;b%c", 1)),
    ],
)
def test_an_address_is_read(text: str, address: NodeAddress) -> None:
    assert parse(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ns=2;s=Flow",
        "s=Flow",
        "nsu=;s=Flow",
        "nsu=urn:a",
        "nsu=urn:a;",
        "nsu=urn:a;s=",
        "nsu=urn:a;x=1",
        "nsu=urn:a;i=-1",
        "nsu=urn:a;i=1.5",
        "nsu=urn:a;i=٣",
        "nsu=urn:a;i=4294967296",
        "nsu=urn:a;g=1234",
        "nsu=urn:a;b=not base64",
    ],
)
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="node "):
        parse(text)


def test_the_index_is_the_one_that_the_server_gives_today() -> None:
    address = parse("nsu=urn:plc;s=Flow")
    before, after = resolve(address, [STANDARD, "urn:plc"]), resolve(address, [STANDARD, "urn:other", "urn:plc"])
    assert before is not None
    assert after is not None
    assert (before.NamespaceIndex, after.NamespaceIndex) == (1, 2)
    assert before.Identifier == after.Identifier == "Flow"


def test_an_unknown_namespace_gives_no_node() -> None:
    assert resolve(parse("nsu=urn:plc;s=Flow"), [STANDARD, "urn:PLC"]) is None


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), st.text(min_size=1))
def test_any_uri_and_text_come_back(uri: str, text: str) -> None:
    escaped = uri.replace("%", "%25").replace(";", "%3B")
    assert parse(f"nsu={escaped};s={text}") == NodeAddress(uri, text)
