"""A policy: which action an observation is answered with; arrays, and no library to run it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from karat.digest import bytes_digest
from karat.errors import CorruptError, InputError

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Policy:
    """Observations less `mean`, divided by `scale`, through one hidden layer of tanh.

    For f features, h hidden values and a actions: `mean` and `scale` (f), `first` (f, h),
    `first_bias` (h), `last` (h, a), `last_bias` (a); all float32.
    """

    mean: Floats
    scale: Floats
    first: Floats
    first_bias: Floats
    last: Floats
    last_bias: Floats

    def __post_init__(self) -> None:
        f, h = self.first.shape
        a = self.last.shape[-1]
        shapes = [(f,), (f,), (f, h), (h,), (h, a), (a,)]
        if [getattr(self, one.name).shape for one in fields(self)] != shapes:
            raise InputError("the arrays of a policy do not fit each other")

    def preferences(self, observation: Floats) -> Floats:
        """Return how much each action is preferred, (n, actions); the highest is taken."""
        inside = np.tanh((observation - self.mean) / self.scale @ self.first + self.first_bias)
        found: Floats = inside @ self.last + self.last_bias
        return found

    def act(self, observation: Floats) -> NDArray[np.int64]:
        """Return the action that answers each observation, (n); of equal ones the first."""
        if observation.shape[1:] != self.mean.shape:
            raise InputError(
                f"observations have {observation.shape[1:]} features: this policy was trained on "
                f"{self.mean.shape}"
            )
        found: NDArray[np.int64] = self.preferences(observation).argmax(axis=1)
        return found

    def encode(self) -> bytes:
        """Return the arrays as one .npz file; equal policies give equal bytes."""
        stream = io.BytesIO()
        np.savez(stream, **{one.name: getattr(self, one.name) for one in fields(self)})
        return stream.getvalue()

    @classmethod
    def decode(cls, data: bytes, what: str) -> Policy:
        """Return the policy; CorruptError naming `what` when the bytes are none."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                return cls(**{one.name: arrays[one.name] for one in fields(cls)})
        except (ValueError, KeyError, OSError, zipfile.BadZipFile, InputError) as error:
            raise CorruptError(f"{what} holds no policy: {error}") from error

    @property
    def digest(self) -> str:
        """Return its name: the SHA-256 of its bytes."""
        return bytes_digest(self.encode())
