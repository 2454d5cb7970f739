"""Intersection over union of regions, for segmentation."""

from typing import Annotated, Any, ClassVar

from .. import ops
from ..core.fields import positive
from ..core.op import narrow
from .counts import widened
from .metric import Metric
from .reduction import of_seen

Count = Annotated[int, positive]


class IoU(Metric):
    """Intersection over union, averaged over some of the classes.

    Args:
        num_classes: number of classes.
        target_class_ids: the classes that count.
        ignore_class: a label that does not count.
        sparse_y_true, sparse_y_pred: whether targets, predictions are integers, not scores.
        axis: axis of the scores.
    """

    _direction = "up"

    num_classes: Count
    target_class_ids: Any
    name: str | None = None
    dtype: Any = None
    ignore_class: int | None = None
    sparse_y_true: bool = True
    sparse_y_pred: bool = True
    axis: int = -1

    def setup(self) -> None:
        self.dtype = self.dtype or narrow("int64")
        super().setup()
        shape = (self.num_classes, self.num_classes)
        self.total_cm = self.add_weight(shape, name="total_confusion_matrix")
        self.target_class_ids = list(self.target_class_ids)
        if wrong := [k for k in self.target_class_ids if not 0 <= k < self.num_classes]:
            raise ValueError(
                f"{type(self).__name__}: target_class_ids={self.target_class_ids}: "
                f"expected classes from 0 to {self.num_classes - 1}; got {wrong}."
            )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of classes: integers, or scores whose largest along `axis` counts."""
        sample_weight = of_seen(sample_weight, y_pred, self.dtype)
        y_true = self._classes(y_true, self.sparse_y_true)
        y_pred = self._classes(y_pred, self.sparse_y_pred)
        weight = ops.ones(ops.shape(y_true), self.dtype)
        if sample_weight is not None:
            weight = widened(sample_weight, y_true, self.dtype)
        y_true, y_pred, weight = (ops.reshape(x, (-1,)) for x in (y_true, y_pred, weight))
        if self.ignore_class is not None:
            counts = ops.not_equal(y_true, self.ignore_class)
            y_true, y_pred = (ops.where(counts, y, 0) for y in (y_true, y_pred))
            weight = weight * ops.cast(counts, self.dtype)
        n = self.num_classes
        sums = ops.segment_sum(weight, y_true * n + y_pred, n * n)
        self.total_cm.assign_add(ops.reshape(sums, (n, n)))

    def _classes(self, x: Any, sparse: bool) -> Any:
        return ops.convert_to_tensor(x, "int32") if sparse else ops.argmax(x, self.axis)

    def result(self) -> Any:
        """The mean so far; classes that were neither there nor predicted do not count."""
        counts = ops.cast(self.total_cm.value, "float32")
        shared = ops.sum(counts * ops.eye(self.num_classes), 0)
        union = ops.sum(counts, 0) + ops.sum(counts, 1) - shared
        ids = ops.convert_to_tensor(self.target_class_ids, "int32")
        shared, union = ops.take(shared, ids, 0), ops.take(union, ids, 0)
        present = ops.sum(ops.cast(union > 0, "float32"))
        return ops.divide_no_nan(ops.sum(ops.divide_no_nan(shared, union)), present)


class BinaryIoU(IoU):
    """Intersection over union of two classes, told apart by a threshold of the score.

    Args:
        target_class_ids: the classes that count: 0, 1 or both.
        threshold: scores from it on are class 1.
    """

    num_classes: ClassVar[int] = 2
    ignore_class: ClassVar[None] = None
    sparse_y_true: ClassVar[bool] = True
    sparse_y_pred: ClassVar[bool] = True
    axis: ClassVar[int] = -1
    target_class_ids: Any = (0, 1)
    threshold: float = 0.5

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets (0 or 1) and scores."""
        sample_weight = of_seen(sample_weight, y_pred, self.dtype)
        said = ops.convert_to_tensor(y_pred, "float32") >= self.threshold
        super().update_state(y_true, ops.cast(said, "int32"), sample_weight)


class MeanIoU(IoU):
    """Intersection over union, averaged over all classes; see `IoU`."""

    target_class_ids: ClassVar[Any] = ()

    def setup(self) -> None:
        self.target_class_ids = range(self.num_classes)  # type: ignore[misc]
        super().setup()


class OneHotIoU(IoU):
    """Intersection over union for one-hot targets, averaged over some of the classes; see `IoU`."""

    sparse_y_true: ClassVar[bool] = False
    sparse_y_pred = False


class OneHotMeanIoU(MeanIoU):
    """Intersection over union for one-hot targets, averaged over all classes; see `IoU`."""

    sparse_y_true: ClassVar[bool] = False
    sparse_y_pred = False
