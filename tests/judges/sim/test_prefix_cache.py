from judges.sim.prefix_cache import PrefixCache

A, B, C = b"a" * 64, b"b" * 64, b"c" * 64
TAIL = b"tail"


def test_same_prompt_spares_its_whole_blocks() -> None:
    cache = PrefixCache(100)
    assert cache.admit(A + B + C + TAIL) == 0
    assert cache.admit(A + B + C + TAIL) == 48


def test_last_token_is_always_computed() -> None:
    cache = PrefixCache(100)
    cache.admit(A + B)
    assert cache.admit(A + B) == 16  # 32 tokens in two known blocks, but the last one must be computed


def test_sharing_ends_at_the_first_other_block() -> None:
    cache = PrefixCache(100)
    cache.admit(A + B + C + TAIL)
    assert cache.admit(A + C + C + TAIL) == 16


def test_block_behind_another_prefix_is_another_block() -> None:
    cache = PrefixCache(100)
    cache.admit(A + C + TAIL)
    assert cache.admit(B + C + TAIL) == 0


def test_difference_inside_a_block_loses_the_block() -> None:
    cache = PrefixCache(100)
    cache.admit(A + TAIL)
    assert cache.admit(A[:-1] + b"x" + TAIL) == 0


def test_prompt_shorter_than_a_block_is_not_cached() -> None:
    cache = PrefixCache(100)
    cache.admit(TAIL)
    assert cache.admit(TAIL) == 0
    assert len(cache) == 0


def test_tail_is_forgotten_before_its_head() -> None:
    cache = PrefixCache(2)
    cache.admit(A + B + TAIL)
    cache.admit(C + TAIL)  # two blocks fit: B, the tail of the older prompt, goes
    assert cache.admit(A + B + TAIL) == 16


def test_least_recently_used_prompt_is_forgotten() -> None:
    cache = PrefixCache(2)
    cache.admit(A + TAIL)
    cache.admit(B + TAIL)
    cache.admit(A + TAIL)
    cache.admit(C + TAIL)
    assert cache.admit(A + TAIL) == 16
    assert cache.admit(B + TAIL) == 0


def test_prompt_longer_than_the_cache_keeps_its_head() -> None:
    cache = PrefixCache(2)
    cache.admit(A + B + C + TAIL)
    assert len(cache) == 2
    assert cache.admit(A + B + C + TAIL) == 32
