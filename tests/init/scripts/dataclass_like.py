"""A parser that is built from a class of settings, in a loop."""

import argparse
import dataclasses


@dataclasses.dataclass
class Config:
    learning_rate: float = 3e-4
    n_layer: int = 6
    n_head: int = 6
    dropout: float = 0.2
    bias: bool = False
    out_dir: str = "out"


parser = argparse.ArgumentParser()
for field in dataclasses.fields(Config):
    kind = {"float": float, "int": int, "str": str}.get(getattr(field.type, "__name__", field.type))
    if kind is None:
        parser.add_argument(f"--{field.name}", action="store_true", default=field.default)
    else:
        parser.add_argument(f"--{field.name}", type=kind, default=field.default)
#: learning_rate real 0.0003  #: n_layer integer 6  #: n_head integer 6
#: dropout real 0.2  #: bias switch False  #: out_dir text out
config = Config(**vars(parser.parse_args()))
print(f"step 100: train loss {1 + config.dropout:.4f}, val loss {1.5 - config.dropout / 2:.4f}")
