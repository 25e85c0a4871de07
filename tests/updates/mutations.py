"""Updates that went wrong: something somewhere in a good one is missing, too much, or of another type."""

import copy
from collections.abc import Iterator

from hypothesis import strategies as st

from tests.updates.samples import press, text, voice
from updates.inbox import RawUpdate

Place = tuple[str, ...]


def json_values() -> st.SearchStrategy[object]:
    numbers = st.integers() | st.sampled_from([0, -1, 2**31, 2**63, 10**30]) | st.floats(allow_nan=False)
    leaves = st.none() | st.booleans() | numbers | st.text(max_size=8)
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    )


@st.composite
def mutated_updates(draw: st.DrawFn) -> RawUpdate:
    """The `update_id` stays: it is what a row is known by."""
    update = copy.deepcopy(draw(st.sampled_from([text(1), text(1, topic=4), voice(1), press(1)])))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(sorted(_places(update))))
        holder = update
        for key in place[:-1]:
            inner = holder[key]
            assert isinstance(inner, dict)
            holder = inner
        match draw(st.sampled_from(["change", "remove", "add"])):
            case "change":
                holder[place[-1]] = draw(json_values())
            case "remove":
                del holder[place[-1]]
            case "add":
                holder[draw(st.text(max_size=8))] = draw(json_values())
        if len(update) == 1:
            break
    return update | {"update_id": 1}


def _places(value: object, above: Place = ()) -> Iterator[Place]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key != "update_id":
            yield (*above, key)
            yield from _places(inner, (*above, key))
