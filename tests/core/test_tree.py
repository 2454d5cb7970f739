"""Nested structures."""

from collections import namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasx.core import tree

Point = namedtuple("Point", "x y")
NESTED = st.recursive(
    st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(NESTED)
def test_flattening_and_packing_gives_the_structure_back(structure):
    assert tree.pack_sequence_as(structure, tree.flatten(structure)) == structure


@given(NESTED)
def test_mapping_maps_each_leaf_in_order(structure):
    doubled = tree.map_structure(lambda v: 2 * v, structure)
    assert tree.flatten(doubled) == [2 * v for v in tree.flatten(structure)]


def test_dicts_are_walked_by_sorted_keys_and_keep_their_own_order():
    structure = {"b": 1, "a": [2, 3]}
    assert tree.flatten(structure) == [2, 3, 1]
    assert list(tree.map_structure(str, structure)) == ["b", "a"]


def test_named_tuples_stay_what_they_are():
    assert tree.map_structure(lambda v: v + 1, Point(1, (2,))) == Point(2, (3,))


def test_structures_that_differ_are_an_error():
    with pytest.raises(ValueError, match="differ"):
        tree.map_structure(lambda a, b: a, [1, 2], [1])
    with pytest.raises(ValueError, match="2 leaves; got 3"):
        tree.pack_sequence_as([0, 0], [1, 2, 3])


def test_shapes_are_leaves_of_structures_of_shapes():
    assert tree.map_shape_structure(len, [(2, None), [3, 4, 5]]) == [2, 3]
    assert tree.map_shape_structure(len, (None, 3)) == 2
    with pytest.raises(ValueError, match="shape"):
        tree.map_shape_structure(len, "ab")


def test_paths_lead_to_leaves():
    found = tree.flatten_with_path({"b": [1, (2,)], "a": 3})
    assert found == [(("a",), 3), (("b", 0), 1), (("b", 1, 0), 2)]


def test_structures_are_compared_by_kind_and_paths_by_keys():
    tree.assert_same_structure({"a": [1]}, {"a": [2]})
    tree.assert_same_paths([1, (2,)], (1, [2]))
    for a, b in [([1, 2], [1]), ({"a": 1}, {"b": 1}), ([1, [2]], [1, 2])]:
        with pytest.raises(ValueError, match="structures"):
            tree.assert_same_structure(a, b)
        with pytest.raises(ValueError, match="structures"):
            tree.assert_same_paths(a, b)
    with pytest.raises(ValueError, match="structures differ"):
        tree.assert_same_structure([1], (1,))


def test_a_shallow_structure_says_how_deep_to_map():
    mapped = tree.map_structure_up_to({"a": 0, "b": 0}, lambda x: x, {"a": [1, 2], "b": 3})
    assert mapped == {"a": [1, 2], "b": 3}


def test_traversal_goes_top_down_or_bottom_up():
    seen = []
    tree.traverse(seen.append, {"a": [1, 2]})
    assert seen == [{"a": [1, 2]}, [1, 2], 1, 2]
    seen.clear()
    tree.traverse(seen.append, {"a": [1]}, top_down=False)
    assert seen == [1, [1], {"a": [1]}]
    swapped = tree.traverse(lambda v: tree.MAP_TO_NONE if v == 1 else None, [1, 2])
    assert swapped == [None, 2]
