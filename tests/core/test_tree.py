"""Nested structures."""

from collections import namedtuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kerasx.core import tree

Point = namedtuple("Point", "x y")
NESTED = st.recursive(
    st.integers(),
    lambda inner: st.lists(inner, max_size=3)
    | st.tuples(inner, inner)
    | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
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
