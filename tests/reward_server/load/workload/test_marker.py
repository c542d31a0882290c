from reward_server.load.workload.marker import Marker


def test_marks_take_the_place_of_placeholders() -> None:
    marker = Marker()
    prepared = f"<{marker.group('shared')}><{marker.rollout('own')}>".encode()
    group, rollout = marker.mark(), marker.mark()
    sent = marker.cut(prepared).filled(group, rollout)
    assert sent == b"<[%b] shared><[%b] own>" % (group, rollout)
    assert len(sent) == len(prepared)


def test_a_text_that_is_shown_twice_gets_its_mark_twice() -> None:
    marker = Marker(5)
    prepared = (marker.rollout("a") + marker.group("b") + marker.rollout("c")).encode()
    assert marker.cut(prepared).filled(b"G", b"R") == b"[R] a[G] b[R] c"


def test_a_text_without_room_for_marks_stays() -> None:
    assert Marker().cut(b"all the same").filled(b"G", b"R") == b"all the same"


def test_no_mark_comes_twice_and_two_runs_have_others() -> None:
    one, other = Marker(1), Marker(2)
    marks = [one.mark() for _ in range(1000)] + [other.mark() for _ in range(1000)]
    assert len(set(marks)) == 2000
    assert {len(mark) for mark in marks} == {12}
    assert one.group("x") == Marker(1).group("x")
