"""The rows of einops, by hand: axes taken apart by `reshape`, exchanged, and put together by `reshape`."""

from collections.abc import Callable

import numpy as np
from translations.row import Row, row

Shape = tuple[int, ...]


def moved(apart: Shape, order: Shape, together: Shape, reduced: str = "") -> Callable[[np.ndarray], np.ndarray]:
    """Axes taken apart into `apart`; those that `order` leaves out are reduced; the others in that order, put together."""

    def by_hand(array: np.ndarray) -> np.ndarray:
        array = array.reshape(apart)
        gone = tuple(axis for axis in range(len(apart)) if axis not in order)
        kept = [axis for axis in range(len(apart)) if axis in order]
        array = getattr(array, reduced)(axis=gone) if gone else array
        return array.transpose([kept.index(axis) for axis in order]).reshape(together)

    return by_hand


def images(apart: Shape, order: Shape, together: Shape, reduced: str = "", shape: Shape = (4, 4, 6, 3)) -> Row:
    """A row of one input X."""
    made = moved(apart, order, together, reduced)
    return row(lambda X: made(X), X=shape)


def channels(apart: Shape, order: Shape, together: Shape, reduced: str = "", shape: Shape = (2, 8, 4, 6)) -> Row:
    """A row of one input x."""
    made = moved(apart, order, together, reduced)
    return row(lambda x: made(x), x=shape)


def normalised(X):
    Z = X.max(axis=(1, 2), keepdims=True) - X
    return Z / Z.max(axis=(1, 2), keepdims=True)


def pixelated(X):
    A = X.reshape(2, 2, 6, 2, 8, 3).mean(axis=(2, 4))
    return np.repeat(np.repeat(A, 6, 1), 8, 2).transpose(1, 0, 2, 3).reshape(12, 32, 3)


def boxes(x):
    width, height = np.split(x, 4, axis=1)[2:]
    return (width * height).max(axis=1)


def packed(u, v, t):
    return np.concatenate([u[:, :, None], v, t.reshape(2, 3, -1, 5)], axis=2)


def patches(X, W, B):
    blocks = X.reshape(2, 3, 2, 4, 2, 3)
    return np.einsum("bhiwjc,ijco->bhwo", blocks, W) + B


ROWS: dict[str, Row] = {
    "transposition": row(lambda X: X.transpose(1, 0, 2), X=(4, 6, 3)),
    "two axes into one": images((4, 4, 6, 3), (0, 1, 2, 3), (16, 6, 3)),
    "the same as a scatter": images((4, 4, 6, 3), (0, 1, 2, 3), (16, 6, 3)),
    "batch beside width": images((4, 4, 6, 3), (1, 0, 2, 3), (4, 24, 3)),
    "width before batch": images((4, 4, 6, 3), (1, 2, 0, 3), (4, 24, 3)),
    "all into one": images((4, 4, 6, 3), (0, 1, 2, 3), (288,)),
    "one axis into two": images((2, 2, 4, 6, 3), (0, 1, 2, 3, 4), (2, 2, 4, 6, 3)),
    "a sheet of images": images((2, 3, 4, 5, 3), (0, 2, 1, 3, 4), (8, 15, 3), shape=(6, 4, 5, 3)),
    "width to height": images((4, 4, 3, 2, 3), (1, 3, 0, 2, 4), (8, 12, 3)),
    "mean of a batch": images((4, 4, 6, 3), (1, 2, 3), (4, 6, 3), "mean"),
    "least of two axes": images((4, 4, 6, 3), (1, 2), (4, 6), "min"),
    "mean pooling, side by side": images((4, 2, 2, 3, 2, 3), (1, 0, 3, 5), (2, 12, 3), "mean"),
    "means of a sheet": images((2, 3, 4, 5, 3), (1, 2, 0, 3), (12, 10), "mean", shape=(6, 4, 5, 3)),
    "a list stacked": row(lambda u, v: np.stack([u, v], axis=2), u=(3, 4), v=(3, 4)),
    "a list side by side": row(lambda u, v: np.concatenate([u, v], axis=1), u=(3, 4), v=(3, 4)),
    "axes of one position": row(lambda X: X[:, None, :, :, None], X=(2, 3, 4, 5)),
    "and without them": row(lambda X: X[:, 0, :, :, 0], X=(2, 1, 3, 4, 1, 5)),
    "largest less each": row(lambda X: X.max(axis=(1, 2), keepdims=True) - X, X=(2, 4, 5, 3)),
    "background, then range": row(normalised, X=(2, 4, 5, 3)),
    "a new axis": row(lambda X: np.repeat(X[:, None], 5, axis=1), X=(3, 4, 2)),
    "tiles": row(lambda X: np.tile(X, (2, 2, 1)), X=(3, 4, 2)),
    "each thrice": row(lambda X: np.repeat(X, 3, axis=1), X=(3, 4, 2)),
    "pixels of pictures interwoven": images((2, 3, 4, 5, 3), (2, 0, 3, 1, 4), (8, 15, 3), shape=(6, 4, 5, 3)),
    "largest of couples": images((2, 3, 4, 5, 3), (2, 1, 3, 4), (4, 15, 3), "max", shape=(6, 4, 5, 3)),
    "resized": images((2, 2, 4, 3, 3, 3), (1, 0, 3), (2, 6), "mean", shape=(2, 8, 9, 3)),
    "mean of two halves": images((3, 2, 4, 5, 3), (2, 0, 3), (4, 15), "mean", shape=(3, 8, 5, 3)),
    "patches transposed": images((2, 2, 8, 3, 8, 3), (1, 4, 0, 3, 2, 5), (16, 48, 3), shape=(2, 16, 24, 3)),
    "pixelated": row(pixelated, X=(2, 12, 16, 3)),
    "flattened": channels((2, 8, 4, 6), (0, 1, 2, 3), (2, 192)),
    "gradient of a maximum, summed": row(lambda x: float(x.shape[0] * x.shape[1]), x=(2, 3, 4, 5)),
    "space to depth": channels((2, 8, 2, 2, 3, 2), (0, 3, 5, 1, 2, 4), (2, 32, 2, 3)),
    "depth to space": channels((2, 2, 2, 2, 4, 6), (0, 3, 4, 1, 5, 2), (2, 2, 8, 12)),
    "mean of each channel": channels((2, 8, 4, 6), (0, 1), (2, 8), "mean"),
    "max pooling of pairs": channels((2, 8, 2, 2, 3, 2), (0, 1, 2, 4), (2, 8, 2, 3), "max"),
    "centred in each image": row(lambda x: x - x.mean(axis=(2, 3), keepdims=True), x=(2, 3, 4, 5)),
    "centred in each channel": row(lambda x: x - x.mean(axis=(0, 2, 3), keepdims=True), x=(2, 3, 4, 5)),
    "channels shuffled": channels((2, 4, 2, 4, 6), (0, 2, 1, 3, 4), (2, 8, 4, 6)),
    "groups exchanged": channels((2, 4, 4, 3, 2, 3), (0, 2, 1, 3, 4, 5), (2, 48, 2, 3), shape=(2, 48, 2, 3)),
    "boxes apart": row(boxes, x=(2, 12, 3, 4)),
    "depth into the batch": images((2, 3, 4, 2, 20), (0, 4, 1, 2, 3), (40, 3, 4, 2), shape=(2, 3, 4, 40)),
    "grids of each image": channels((2, 8, 2, 2, 3, 2), (3, 5, 0, 1, 2, 4), (8, 8, 2, 3)),
    "and put together": row(lambda y: moved((2, 2, 2, 8, 2, 3), (2, 3, 4, 0, 5, 1), (2, 8, 4, 6))(y), y=(8, 8, 2, 3)),
    "einsum of three": row(lambda x, y, z: np.einsum("abc,cbd,agk->abk", x, y, z), x=(3, 4, 5), y=(5, 4, 2), z=(3, 6, 2)),
    "images and filters": row(
        lambda images, filters: np.einsum("bhw,hwc->bc", images, filters), images=(3, 4, 5), filters=(4, 5, 2)
    ),
    "trace": row(lambda M: np.trace(M), M=(5, 5)),
    "scores of attention": row(lambda A, B: np.einsum("bshc,bthc->bhst", A, B), A=(2, 3, 4, 5), B=(2, 6, 4, 5)),
    "packed with an axis less": row(lambda rgb, depth: np.dstack([rgb, depth]), rgb=(4, 5, 3), depth=(4, 5)),
    "unpacked": row(lambda rgbd: (rgbd[..., :3], rgbd[..., 3]), rgbd=(4, 5, 4)),
    "packed of any ranks": row(packed, u=(2, 3, 5), v=(2, 3, 7, 5), t=(2, 3, 2, 4, 5)),
    "patches and positions": row(patches, X=(2, 6, 8, 3), W=(2, 2, 3, 5), B=(3, 4, 5)),
}
