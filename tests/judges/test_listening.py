import resource
import socket

import pytest

from judges.listening import allow_many_connections, listen, url_of
from rubrics.problems import ConfigError


def test_port_0_takes_a_free_one() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert port > 0
        assert url_of("127.0.0.1", listener) == f"http://127.0.0.1:{port}"
        socket.create_connection(("127.0.0.1", port)).close()


def test_an_ipv6_address_is_put_in_brackets() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        listener = listen("::1", 0)
    except ConfigError:
        pytest.skip("no IPv6 loopback here")
    with listener:
        assert url_of("::1", listener) == f"http://[::1]:{listener.getsockname()[1]}"


def test_a_taken_port_is_a_message() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"cannot listen on 127.0.0.1 port {port}: .+") as caught:
            listen("127.0.0.1", port)
    assert "0 takes a free one" in str(caught.value)


@pytest.mark.parametrize("host", ["203.0.113.1", "no such host", "host.invalid", "a" * 300, "256.1.1.1"])
def test_an_address_that_is_not_ours_is_a_message(host: str) -> None:
    with pytest.raises(ConfigError, match="cannot listen on"):
        listen(host, 0)


def test_a_burst_of_connections_may_open_many_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allow_many_connections()
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard
